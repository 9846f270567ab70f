import { setImmediate as pause } from 'node:timers/promises';
import { valuesAt } from '#lib/frame.ts';
import { createRandom } from './random.ts';

/** Training data as small whole numbers: the code of row r in column c stands at `codes[c * rows + r]`. */
export interface Bins {
  rows: number;
  columns: number;
  /** In shared memory, so that threads read it without a copy. */
  codes: Uint8Array;
  /** Ascending thresholds per column; a column of k thresholds has the codes 0 … k. */
  thresholds: Float64Array[];
}

/** Quantiles of more rows are those of a random sample of this size, where a rank is off by 0.3 % of the rows or less. */
const sampleRows = 32_768;

/**
 * Bins every column by its own quantiles. Code c of value x is the number of thresholds that are ≤ x, so that `code ≤ c`
 * says exactly `x < thresholds[c]`: what is split on codes in training routes the same on values in prediction.
 * @param columns training rows only, of equal length
 * @param bins at most this many codes a column, 2 … 256
 * @throws RangeError that names the first column with a value that is not finite
 */
export async function binColumns(
  columns: Float64Array[],
  bins: number,
  seed: number,
  signal?: AbortSignal,
): Promise<Bins> {
  const rows = columns[0].length;
  const codes = new Uint8Array(new SharedArrayBuffer(rows * columns.length));
  const sample = rows > sampleRows ? drawRows(rows, seed) : undefined;
  const thresholds: Float64Array[] = [];
  for (const [index, values] of columns.entries()) {
    signal?.throwIfAborted();
    checkFinite(values, index);
    const sorted = (sample ? valuesAt(values, sample) : values.slice()).sort();
    const cuts = quantileThresholds(sorted, bins);
    encode(values, cuts, codes.subarray(index * rows, (index + 1) * rows));
    thresholds.push(cuts);
    await pause();
  }
  return { rows, columns: columns.length, codes, thresholds };
}

/**
 * At most `bins − 1` thresholds that part the sorted values into bins of about equal size. Equal values stay together, and
 * a value with more than a bin's share of the rows gets a bin of its own; with no more distinct values than bins each has
 * its own.
 */
export function quantileThresholds(sorted: Float64Array, bins: number): Float64Array {
  const everyValue = hasAtMost(sorted, bins);
  const thresholds: number[] = [];
  let closed = 0;
  let end = runEnd(sorted, 0);
  while (end < sorted.length && thresholds.length < bins - 1) {
    const start = end;
    end = runEnd(sorted, start);
    // The share is taken anew from what is left, so that one heavy value does not coarsen the rest.
    const share = (sorted.length - closed) / (bins - thresholds.length);
    if (!everyValue && start - closed < share && end - start < share) continue;
    thresholds.push(thresholdBetween(sorted[start - 1], sorted[start]));
    closed = start;
  }
  return Float64Array.from(thresholds);
}

/** A number t with a < t ≤ b: the midpoint, or b where the midpoint of such close or large numbers is no such number. */
export function thresholdBetween(a: number, b: number): number {
  const middle = (a + b) / 2;
  return a < middle && middle <= b ? middle : b;
}

/** Writes the number of thresholds ≤ x for each value x. */
export function encode(values: Float64Array, thresholds: Float64Array, codes: Uint8Array): void {
  let top = 1;
  while (top * 2 <= thresholds.length) top *= 2;
  const padded = new Float64Array(top * 2).fill(Number.POSITIVE_INFINITY);
  padded.set(thresholds);
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    let code = 0;
    // A product instead of a branch: which way it goes cannot be foreseen, and a wrong guess costs more than the step.
    for (let step = top; step > 0; step >>= 1) code += step * Number(padded[code + step - 1] <= value);
    codes[row] = code;
  }
}

/** Where the run of equal values that holds position `at` ends. */
function runEnd(sorted: Float64Array, at: number): number {
  let end = at + 1;
  while (end < sorted.length && sorted[end] === sorted[at]) end++;
  return end;
}

/** Whether there are no more than `most` distinct values. */
function hasAtMost(sorted: Float64Array, most: number): boolean {
  let runs = 1;
  for (let i = 1; i < sorted.length && runs <= most; i++) if (sorted[i] !== sorted[i - 1]) runs++;
  return runs <= most;
}

/** Random rows, with replacement: rows at a fixed stride could all be of one symbol. */
function drawRows(rows: number, seed: number): Uint32Array {
  const random = createRandom(seed, 0);
  return Uint32Array.from({ length: sampleRows }, () => random.below(rows));
}

function checkFinite(values: Float64Array, column: number): void {
  for (let row = 0; row < values.length; row++) {
    if (!Number.isFinite(values[row])) {
      throw new RangeError(
        `column ${column} of the training data is ${values[row]} in row ${row}; it has to be finite`,
      );
    }
  }
}
