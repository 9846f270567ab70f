/**
 * How splits of one node are judged. A criterion is opened on the rows of a node and then asked, feature by feature, for
 * the best cut. Both criteria maximise Σ S² / n over the two children, where S is the sum of the centred target, or of each
 * class's indicator, and n the number of rows, each row as often as its weight says; less the same of the node, that is the fall of the squared error, or of
 * n × Gini impurity (Breiman, Friedman, Olshen, Stone: Classification and Regression Trees, 1984, chapters 4 and 8).
 */
export interface Criterion {
  /** Numbers a leaf holds: 1, or one share a class. */
  readonly leafWidth: number;
  /** Rows of the open node, each as often as the sample drew it. */
  readonly count: number;
  /** The sum of their weights; without weights their count. */
  readonly weight: number;
  /** The least fall of impurity that is not rounding. */
  readonly leastGain: number;
  /** The highest code that goes left in the cut that `bestCut` found last. */
  readonly cut: number;

  /** Opens the node of `rows[start … end)`; `counts[row]` says how often the sample drew a row. */
  open(rows: Uint32Array, start: number, end: number, counts: Uint32Array): void;
  /**
   * The greatest fall of impurity, over the whole node, by cutting the feature whose codes 0 … bins − 1 begin at
   * `codes[offset]`; −∞ where no cut leaves `minLeaf` on both sides. Of equal cuts the lowest.
   */
  bestCut(codes: Uint8Array, offset: number, bins: number): number;
  /** Writes the value of the open node, as a leaf, to `values[at …]`. */
  leaf(values: Float64Array, at: number): void;
}

/** Gains below this share of the node's sum of squares are taken for rounding: a random split of n rows gains about 1 / n. */
export const roundingShare = 1e-12;
