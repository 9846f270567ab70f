/**
 * One tree, breadth first, node 0 its root. `next[i] ≥ 0`: node i sends `x[feature[i]] < threshold[i]` to node `next[i]`
 * and the rest to `next[i] + 1`. Otherwise it is a leaf, number `~next[i]`, whose values begin at that number × leaf width.
 */
export interface Tree {
  feature: Uint16Array;
  threshold: Float64Array;
  next: Int32Array;
  /** Fall of impurity by the split, per row of the node; 0 of a leaf. */
  gain: Float64Array;
  /** Rows of the sample that reached the node, each as often as it was drawn. */
  rows: Uint32Array;
  values: Float64Array;
}

/** Room for a tree of at most this many (odd) nodes. */
export function emptyTree(nodes: number, leafWidth: number): Tree {
  return {
    feature: new Uint16Array(nodes),
    threshold: new Float64Array(nodes),
    next: new Int32Array(nodes),
    gain: new Float64Array(nodes),
    rows: new Uint32Array(nodes),
    values: new Float64Array(((nodes + 1) / 2) * leafWidth),
  };
}

/** A copy of the first nodes and values, which shares no memory with the scratch tree. */
export function trimmed(tree: Tree, nodes: number, values: number): Tree {
  const feature = tree.feature.slice(0, nodes);
  const threshold = tree.threshold.slice(0, nodes);
  for (let node = 0; node < nodes; node++) {
    // Scratch of an earlier tree must not show in the leaves, or equal forests would differ.
    if (tree.next[node] < 0) feature[node] = threshold[node] = 0;
  }
  return {
    feature,
    threshold,
    next: tree.next.slice(0, nodes),
    gain: tree.gain.slice(0, nodes),
    rows: tree.rows.slice(0, nodes),
    values: tree.values.slice(0, values),
  };
}
