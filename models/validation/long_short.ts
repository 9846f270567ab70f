import { barsOf } from './bars_of.ts';

/** The two thirds of a bar that are traded, held for h bars; means over bars, in basis points. */
export interface LongShort {
  /** Return of the top third less that of the bottom third. */
  gross: number;
  /** The same after the costs of all sides. */
  net: number;
  /** What a side may cost until nothing is left of `gross`. */
  breakEven: number;
  /** What a side costs on average. */
  cost: number;
}

/**
 * What it brings to buy the third of the symbols that is predicted highest at each bar and to sell the third that is
 * predicted lowest, with equal weights, and to hold both for h bars (Fama and French's portfolios sorted on a
 * characteristic, Journal of Financial Economics 33, 1993, here every bar). Both thirds are bought and sold: four sides.
 * Nothing is saved where the next position is the same. Symbols with equal predictions share what is left of a third, and
 * who is in both thirds is traded by the difference. Left out are bars of fewer than three symbols, and those in which all
 * predictions are equal.
 * @param ts bar-open times, ascending, one a row
 * @param logReturns over the next h bars
 * @param costs of one side, in basis points, of each row
 * @returns null where no bar is left
 */
export function longShort(
  ts: Float64Array,
  signal: Float64Array,
  logReturns: Float64Array,
  costs: Float64Array,
): LongShort | null {
  let [bars, gross, paid, sides] = [0, 0, 0, 0];
  for (const { from, until } of barsOf(ts)) {
    const weights = weightsOf(signal.subarray(from, until));
    if (!weights) continue;
    bars++;
    weights.forEach((weight, i) => {
      gross += weight * 1e4 * Math.expm1(logReturns[from + i]);
      paid += 2 * Math.abs(weight) * costs[from + i];
      sides += 2 * Math.abs(weight);
    });
  }
  if (bars === 0) return null;
  return { gross: gross / bars, net: (gross - paid) / bars, breakEven: gross / sides, cost: paid / sides };
}

/** Of the symbols of one bar: 1 / k in the top k, −1 / k in the bottom k; null where there is no such choice. */
function weightsOf(signal: Float64Array): Float64Array | null {
  const third = Math.floor(signal.length / 3);
  const sorted = signal.toSorted();
  if (third === 0 || sorted[0] === sorted[sorted.length - 1]) return null;
  const top = shares(signal, third, sorted[sorted.length - third], (value, limit) => value > limit);
  const bottom = shares(signal, third, sorted[third - 1], (value, limit) => value < limit);
  return top.map((share, i) => (share - bottom[i]) / third);
}

/** 1 for those beyond the limit; those at it share the rest of `count`. */
function shares(
  signal: Float64Array,
  count: number,
  limit: number,
  beyond: (value: number, limit: number) => boolean,
): Float64Array {
  const sure = signal.filter((value) => beyond(value, limit)).length;
  const tied = signal.filter((value) => value === limit).length;
  return signal.map((value) => (beyond(value, limit) ? 1 : value === limit ? (count - sure) / tied : 0));
}
