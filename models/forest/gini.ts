import { type Criterion, roundingShare } from './criterion.ts';

/** Classification: cuts where the Gini impurity falls most; a leaf holds the shares of the classes among its rows. */
export class Gini implements Criterion {
  readonly leafWidth: number;
  count = 0;
  weight = 0;
  leastGain = 0;
  cut = -1;
  readonly #labels: Uint8Array;
  readonly #minLeaf: number;
  readonly #rowWeights: Float64Array | undefined;
  /** The open node: its rows, how much each counts, and its class. */
  readonly #rows: Uint32Array;
  readonly #weights: Float64Array;
  readonly #classes: Uint8Array;
  /** Weight by code and class: class k of code c at c × classes + k. */
  readonly #histogram: Float64Array;
  readonly #left: Float64Array;
  readonly #total: Float64Array;
  #size = 0;
  #score = 0;

  /**
   * @param labels the class of each row, 0 … classes − 1
   * @param rowWeights how many rows each row stands for; one unless given
   */
  constructor(labels: Uint8Array, classes: number, minLeaf: number, rowWeights?: Float64Array) {
    this.leafWidth = classes;
    this.#labels = labels;
    this.#minLeaf = minLeaf;
    this.#rowWeights = rowWeights;
    this.#rows = new Uint32Array(labels.length);
    this.#weights = new Float64Array(labels.length);
    this.#classes = new Uint8Array(labels.length);
    this.#histogram = new Float64Array(256 * classes);
    this.#left = new Float64Array(classes);
    this.#total = new Float64Array(classes);
  }

  open(rows: Uint32Array, start: number, end: number, counts: Uint32Array): void {
    const labels = this.#labels;
    const own = this.#rows;
    const weights = this.#weights;
    const classes = this.#classes;
    const total = this.#total.fill(0);
    const rowWeights = this.#rowWeights;
    let drawn = 0;
    let weight = 0;
    for (let i = start; i < end; i++) {
      const row = rows[i];
      const count = rowWeights === undefined ? counts[row] : counts[row] * rowWeights[row];
      own[i - start] = row;
      weights[i - start] = count;
      classes[i - start] = labels[row];
      total[labels[row]] += count;
      drawn += counts[row];
      weight += count;
    }
    let squares = 0;
    for (const count of total) squares += count * count;
    this.#size = end - start;
    this.#score = squares / weight;
    this.count = drawn;
    this.weight = weight;
    this.leastGain = roundingShare * weight;
  }

  bestCut(codes: Uint8Array, offset: number, bins: number): number {
    const rows = this.#rows;
    const weights = this.#weights;
    const classes = this.#classes;
    const histogram = this.#histogram;
    const width = this.leafWidth;
    const size = this.#size;
    histogram.fill(0, 0, bins * width);
    for (let i = 0; i < size; i++) histogram[codes[offset + rows[i]] * width + classes[i]] += weights[i];
    const weight = this.weight;
    const minLeaf = this.#minLeaf;
    const total = this.#total;
    const left = this.#left.fill(0);
    let leftWeight = 0;
    let best = Number.NEGATIVE_INFINITY;
    for (let code = 0; code < bins - 1; code++) {
      let leftSquares = 0;
      let rightSquares = 0;
      for (let k = 0; k < width; k++) {
        const count = histogram[code * width + k];
        const inLeft = left[k] + count;
        left[k] = inLeft;
        leftWeight += count;
        leftSquares += inLeft * inLeft;
        rightSquares += (total[k] - inLeft) * (total[k] - inLeft);
      }
      if (leftWeight < minLeaf) continue;
      const rightWeight = weight - leftWeight;
      if (rightWeight < minLeaf) break;
      const score = leftSquares / leftWeight + rightSquares / rightWeight;
      if (score > best) {
        best = score;
        this.cut = code;
      }
    }
    return best - this.#score;
  }

  leaf(values: Float64Array, at: number): void {
    for (let k = 0; k < this.leafWidth; k++) values[at + k] = this.#total[k] / this.weight;
  }
}
