import { type Criterion, roundingShare } from './criterion.ts';

/** Regression: cuts where the squared error falls most; a leaf is the mean of its rows. */
export class Variance implements Criterion {
  readonly leafWidth = 1;
  count = 0;
  weight = 0;
  leastGain = 0;
  cut = -1;
  readonly #target: Float64Array;
  readonly #centre: number;
  readonly #minLeaf: number;
  readonly #rowWeights: Float64Array | undefined;
  /** The open node: its rows, how much each counts, and that × target. */
  readonly #rows: Uint32Array;
  readonly #weights: Float64Array;
  readonly #sums: Float64Array;
  /** Weight and sum of the target by code, side by side: code c at 2c and 2c + 1. */
  readonly #histogram = new Float64Array(512);
  #size = 0;
  #sum = 0;

  /**
   * @param target less `centre`, its mean, which keeps the digits that squares of a far-off target would lose
   * @param rowWeights how many rows each row stands for; one unless given
   */
  constructor(target: Float64Array, centre: number, minLeaf: number, rowWeights?: Float64Array) {
    this.#target = target;
    this.#centre = centre;
    this.#minLeaf = minLeaf;
    this.#rowWeights = rowWeights;
    this.#rows = new Uint32Array(target.length);
    this.#weights = new Float64Array(target.length);
    this.#sums = new Float64Array(target.length);
  }

  open(rows: Uint32Array, start: number, end: number, counts: Uint32Array): void {
    const target = this.#target;
    const own = this.#rows;
    const weights = this.#weights;
    const sums = this.#sums;
    const rowWeights = this.#rowWeights;
    let drawn = 0;
    let weight = 0;
    let sum = 0;
    let squares = 0;
    for (let i = start; i < end; i++) {
      const row = rows[i];
      const count = rowWeights === undefined ? counts[row] : counts[row] * rowWeights[row];
      const value = target[row];
      own[i - start] = row;
      weights[i - start] = count;
      sums[i - start] = count * value;
      drawn += counts[row];
      weight += count;
      sum += count * value;
      squares += count * value * value;
    }
    this.#size = end - start;
    this.#sum = sum;
    this.count = drawn;
    this.weight = weight;
    this.leastGain = roundingShare * squares;
  }

  bestCut(codes: Uint8Array, offset: number, bins: number): number {
    const rows = this.#rows;
    const weights = this.#weights;
    const sums = this.#sums;
    const histogram = this.#histogram;
    const size = this.#size;
    histogram.fill(0, 0, 2 * bins);
    for (let i = 0; i < size; i++) {
      const at = 2 * codes[offset + rows[i]];
      histogram[at] += weights[i];
      histogram[at + 1] += sums[i];
    }
    const weight = this.weight;
    const sum = this.#sum;
    const minLeaf = this.#minLeaf;
    let leftWeight = 0;
    let leftSum = 0;
    let best = Number.NEGATIVE_INFINITY;
    for (let code = 0; code < bins - 1; code++) {
      leftWeight += histogram[2 * code];
      leftSum += histogram[2 * code + 1];
      if (leftWeight < minLeaf) continue;
      const rightWeight = weight - leftWeight;
      if (rightWeight < minLeaf) break;
      const rightSum = sum - leftSum;
      const score = (leftSum * leftSum) / leftWeight + (rightSum * rightSum) / rightWeight;
      if (score > best) {
        best = score;
        this.cut = code;
      }
    }
    return best - (sum * sum) / weight;
  }

  leaf(values: Float64Array, at: number): void {
    values[at] = this.#centre + this.#sum / this.weight;
  }
}
