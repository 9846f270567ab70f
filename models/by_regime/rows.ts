import { regimes } from './regimes.ts';

/** Positions of rows. */
export type Rows = Uint32Array;

/**
 * The rows of each regime, in order.
 * @throws RangeError for a value that is no regime: its row would have no model
 */
export function rowsByRegime(regime: Float64Array): Rows[] {
  const counts = new Uint32Array(regimes.length);
  for (const [row, value] of regime.entries()) {
    if (!Number.isInteger(value) || value < 0 || value >= regimes.length)
      throw new RangeError(`the regime of row ${row} is ${value}, which is none of 0 … ${regimes.length - 1}`);
    counts[value]++;
  }
  const groups = Array.from(counts, (count) => new Uint32Array(count));
  const filled = new Uint32Array(regimes.length);
  for (const [row, value] of regime.entries()) groups[value][filled[value]++] = row;
  return groups;
}

/** Puts the predictions of groups of rows, one or K numbers a row, where the rows are. */
export function scatter(rows: number, parts: readonly { rows: Rows; values: Float64Array }[]): Float64Array {
  const first = parts.at(0);
  const width = first ? first.values.length / first.rows.length : 1;
  const out = new Float64Array(rows * width);
  for (const { rows: of, values } of parts)
    for (let i = 0; i < of.length; i++) for (let k = 0; k < width; k++) out[of[i] * width + k] = values[i * width + k];
  return out;
}
