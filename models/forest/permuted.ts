import type { Forest } from './ensemble.ts';

/**
 * What the forest would predict if the columns of one group came from another row, for each group alone. A row's way
 * through a tree changes only below a node on it that splits on a column of the group and sends the other row elsewhere;
 * so each tree is walked once for all groups, and the ways that part from it from there on. Measured with 100 trees, 161
 * columns and 2,400 rows: 0.15 s, where a prediction for each column takes 2.5 s.
 * @param groupOf group of each column, 0 … groups − 1; −1 is none
 * @param source the row that each row takes the columns of a group from
 * @returns predictions of each group, as `predict` gives them; exactly those where no tree splits on the group
 */
export function permutedByForest(
  forest: Forest,
  columns: Float64Array[],
  groupOf: Int32Array,
  groups: number,
  source: Uint32Array,
): Float64Array[] {
  const { width, features, roots } = forest;
  const { feature, threshold, next, values } = forest.nodes;
  const plain = forest.predict(columns);
  const rows = source.length;
  const cells = byRow(columns, rows);
  const changes = Array.from({ length: groups }, () => new Float64Array(rows * width));
  /** The walk, numbered from 1, in which a group last parted from it. */
  const partedIn = new Float64Array(groups);
  const parted = { group: new Int32Array(groups), leaf: new Int32Array(groups) };
  let walk = 0;
  for (let row = 0; row < rows; row++) {
    const [own, other] = [row * features, source[row] * features];
    for (const root of roots) {
      walk++;
      let count = 0;
      let node = root;
      for (let below = next[node]; below >= 0; below = next[node]) {
        const at = feature[node];
        const right = 1 - Number(cells[own + at] < threshold[node]);
        const group = groupOf[at];
        if (group >= 0 && partedIn[group] !== walk && 1 - Number(cells[other + at] < threshold[node]) !== right) {
          partedIn[group] = walk;
          parted.group[count] = group;
          parted.leaf[count++] = leafBelow(below + 1 - right, group, own, other);
        }
        node = below + right;
      }
      const leaf = ~next[node] * width;
      for (let i = 0; i < count; i++) {
        const [change, there] = [changes[parted.group[i]], parted.leaf[i] * width];
        for (let k = 0; k < width; k++) change[row * width + k] += values[there + k] - values[leaf + k];
      }
    }
  }
  return changes.map((change) => change.map((sum, i) => plain[i] + sum / roots.length));

  function leafBelow(start: number, group: number, own: number, other: number): number {
    let node = start;
    for (let below = next[node]; below >= 0; below = next[node]) {
      const at = feature[node];
      const value = cells[(groupOf[at] === group ? other : own) + at];
      node = below + 1 - Number(value < threshold[node]);
    }
    return ~next[node];
  }
}

/** Row after row: a walk reads one row and its partner, which then lie together. */
function byRow(columns: Float64Array[], rows: number): Float64Array {
  const cells = new Float64Array(rows * columns.length);
  for (const [c, values] of columns.entries()) {
    for (let row = 0; row < rows; row++) cells[row * columns.length + c] = values[row];
  }
  return cells;
}
