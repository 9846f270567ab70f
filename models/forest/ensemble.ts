import type { OutOfBag } from '#models/engine.ts';
import { type Task, widthOf } from '#models/task.ts';
import type { Tree } from './tree.ts';

/** Rows that are routed together: few enough that their values stay in the processor's cache for all the trees. */
const blockRows = 256;

/** A fitted forest: the trees one after another in flat arrays, laid out as in `Tree` with node and leaf numbers shifted. */
export class Forest {
  readonly task: Task;
  /** Number of columns it was fitted on, and wants. */
  readonly features: number;
  /** The first node of each tree. */
  readonly roots: Int32Array;
  readonly nodes: Tree;
  /** Fall of impurity by feature over all trees, as shares of 1; all 0 where no tree has a split. */
  readonly importance: Float64Array;
  /** Only of a forest that was just grown with `outOfBag`: it is not saved. */
  outOfBag: OutOfBag | undefined;

  constructor(task: Task, features: number, roots: Int32Array, nodes: Tree) {
    this.task = task;
    this.features = features;
    this.roots = roots;
    this.nodes = nodes;
    this.importance = importanceOf(nodes, features);
  }

  /** The forest of these trees, in their order. */
  static of(task: Task, features: number, trees: Tree[]): Forest {
    const width = widthOf(task);
    const roots = new Int32Array(trees.length);
    const next = new Int32Array(trees.reduce((sum, tree) => sum + tree.next.length, 0));
    let nodes = 0;
    let leaves = 0;
    for (const [index, tree] of trees.entries()) {
      roots[index] = nodes;
      for (let node = 0; node < tree.next.length; node++) {
        next[nodes + node] = tree.next[node] >= 0 ? tree.next[node] + nodes : tree.next[node] - leaves;
      }
      nodes += tree.next.length;
      leaves += tree.values.length / width;
    }
    const join = <K extends 'feature' | 'threshold' | 'gain' | 'rows' | 'values'>(part: K, whole: Tree[K]) => {
      let at = 0;
      for (const tree of trees) {
        whole.set(tree[part], at);
        at += tree[part].length;
      }
      return whole;
    };
    return new Forest(task, features, roots, {
      next,
      feature: join('feature', new Uint16Array(nodes)),
      threshold: join('threshold', new Float64Array(nodes)),
      gain: join('gain', new Float64Array(nodes)),
      rows: join('rows', new Uint32Array(nodes)),
      values: join('values', new Float64Array(leaves * width)),
    });
  }

  /** Numbers `predict` gives for a row: 1, or the number of classes. */
  get width(): number {
    return widthOf(this.task);
  }

  /**
   * The mean over the trees of the leaves that a row falls into: a number a row, or for classes their probabilities, row
   * after row (`classes` numbers each, which sum to 1). These are soft averages: each leaf gives its shares, not one vote.
   * @param columns as in the fit, in its order
   * @param rows how many of their first rows; all unless given
   * @throws RangeError if a column is missing, too short, or has a value that is not finite
   */
  predict(columns: Float64Array[], rows = columns[0]?.length ?? 0): Float64Array {
    const { width } = this;
    const { values } = this.nodes;
    const sums = new Float64Array(rows * width);
    this.#visit(columns, rows, (leaves, first, end) => {
      for (let row = first; row < end; row++) {
        const leaf = leaves[row - first];
        for (let k = 0; k < width; k++) sums[row * width + k] += values[leaf * width + k];
      }
    });
    for (let i = 0; i < sums.length; i++) sums[i] /= this.roots.length;
    return sums;
  }

  /**
   * The class that most trees vote for, each for the greatest share in its leaf; the rule of ml-random-forest's `predict`.
   * Ties: in a leaf the lowest class; among trees the class that was first to reach the winning number of votes.
   */
  vote(columns: Float64Array[], rows = columns[0]?.length ?? 0): Uint8Array {
    const { width } = this;
    const { values } = this.nodes;
    const votes = new Uint32Array(rows * width);
    const most = new Uint32Array(rows);
    const winner = new Uint8Array(rows);
    this.#visit(columns, rows, (leaves, first, end) => {
      for (let row = first; row < end; row++) {
        const leaf = leaves[row - first] * width;
        let best = 0;
        for (let k = 1; k < width; k++) if (values[leaf + k] > values[leaf + best]) best = k;
        const count = ++votes[row * width + best];
        if (count <= most[row]) continue;
        most[row] = count;
        winner[row] = best;
      }
    });
    return winner;
  }

  /** Calls back with the leaves of a block of rows in one tree; for each block in the order of the trees. */
  #visit(columns: Float64Array[], rows: number, each: (leaves: Int32Array, first: number, end: number) => void): void {
    this.#check(columns, rows);
    const { feature, threshold, next } = this.nodes;
    const stride = Math.min(blockRows, rows);
    const block = new Float64Array(columns.length * stride);
    const leaves = new Int32Array(stride);
    for (let first = 0; first < rows; first += stride) {
      const end = Math.min(rows, first + stride);
      for (let c = 0; c < columns.length; c++) block.set(columns[c].subarray(first, end), c * stride);
      for (const root of this.roots) {
        for (let at = 0; at < end - first; at++) {
          let below = next[root];
          let node = root;
          while (below >= 0) {
            node = below + 1 - Number(block[feature[node] * stride + at] < threshold[node]);
            below = next[node];
          }
          leaves[at] = ~below;
        }
        each(leaves, first, end);
      }
    }
  }

  #check(columns: Float64Array[], rows: number): void {
    if (columns.length !== this.features) {
      throw new RangeError(`the forest was fitted on ${this.features} columns and got ${columns.length}`);
    }
    for (const [index, values] of columns.entries()) {
      if (values.length < rows) throw new RangeError(`column ${index} has ${values.length} rows of ${rows}`);
      for (let row = 0; row < rows; row++) {
        // A value that is not a number would go right at every split and look like a prediction.
        if (!Number.isFinite(values[row])) throw new RangeError(`column ${index} is ${values[row]} in row ${row}`);
      }
    }
  }
}

function importanceOf(nodes: Tree, features: number): Float64Array {
  const falls = new Float64Array(features);
  for (let node = 0; node < nodes.next.length; node++)
    falls[nodes.feature[node]] += nodes.gain[node] * nodes.rows[node];
  const total = falls.reduce((sum, fall) => sum + fall, 0);
  return total > 0 ? falls.map((fall) => fall / total) : falls;
}
