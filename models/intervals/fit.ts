import { UserError } from '#lib/errors.ts';
import { quantileLevels } from '#models/losses.ts';
import { quantilesOf } from '#models/quantiles.ts';

/** Returns over h bars (logarithmic), and their deviations as they were predicted, in the same unit; both n numbers. */
export interface IntervalRows {
  returns: Float64Array;
  /** Above 0. */
  deviations: Float64Array;
  /** Index of each row's symbol in `symbols`. */
  symbolOf: Uint16Array;
  symbols: readonly string[];
}

/** Quantiles 0, 0.01, … 1 of return / predicted deviation; plain data. */
export interface FittedIntervals {
  /** Of all symbols together. */
  pooled: number[];
  /** Of each symbol that had rows, drawn towards those of all. */
  bySymbol: Record<string, number[]>;
}

/**
 * A symbol with as many rows counts as much as all symbols together do. The returns over h bars overlap: 5,000 rows are
 * 1,000 returns over 5 bars, and the share of returns beyond their 5 % quantile then varies by √(0.05 × 0.95 / 1000), 0.7
 * of a percentage point, from sample to sample. Symbols differ about as much from the pool.
 */
export const poolRows = 5_000;

/**
 * Quantiles of return / predicted deviation, for intervals of returns that are as wide as the coming deviation and have
 * whatever shape the returns have. Those of a symbol are (n own + 5,000 pooled) / (n + 5,000), whence a symbol with few rows
 * has the intervals of all. Given out-of-fold deviations they hold what they promise; deviations of 1 give unconditional
 * quantiles.
 * @throws UserError for no rows, a return that is not finite, or a deviation that is not above 0
 */
export function fitIntervals({ returns, deviations, symbolOf, symbols }: IntervalRows): FittedIntervals {
  if (deviations.length !== returns.length || symbolOf.length !== returns.length)
    throw new RangeError(`${returns.length} returns, ${deviations.length} deviations, ${symbolOf.length} symbols`);
  if (returns.length === 0)
    throw new UserError('There are no returns to make intervals of.', 'Train on more bars, or with fewer folds.');
  requireDeviations(deviations);
  const ratios = returns.map((value, row) => value / deviations[row]);
  const bad = ratios.findIndex((ratio) => !Number.isFinite(ratio));
  if (bad >= 0)
    throw new UserError(
      `The return of row ${bad}, ${returns[bad]} at a deviation of ${deviations[bad]}, gives no interval.`,
      'Look for the bar with `tickforest check quality`.',
    );
  const pooled = quantilesOf(ratios);
  const bySymbol: Record<string, number[]> = {};
  for (const [index, symbol] of symbols.entries()) {
    const own = ratios.filter((_, row) => symbolOf[row] === index);
    if (own.length === 0) continue;
    const share = own.length / (own.length + poolRows);
    bySymbol[symbol] = quantilesOf(own).map((quantile, i) => share * quantile + (1 - share) * pooled[i]);
  }
  return { pooled, bySymbol };
}

/**
 * Quantiles of the returns of each row: those of its symbol, or of all for a symbol that is new, times its deviation. They
 * never cross, for those of the ratio do not.
 * @param levels ascending, 0 to 1; between two whole percents the quantile is linear
 * @returns n × K row-major log returns; K is 5 unless other levels are given
 * @throws UserError for a deviation that is not above 0
 */
export function predictIntervals(
  fitted: FittedIntervals,
  deviations: Float64Array,
  symbolOf: Uint16Array,
  symbols: readonly string[],
  levels: readonly number[] = quantileLevels,
): Float64Array {
  requireDeviations(deviations);
  const at = (quantiles: readonly number[]) => levels.map((level) => quantileAt(quantiles, level));
  const pooled = at(fitted.pooled);
  const ofSymbols = symbols.map((symbol) =>
    Object.hasOwn(fitted.bySymbol, symbol) ? at(fitted.bySymbol[symbol]) : pooled,
  );
  const predicted = new Float64Array(deviations.length * levels.length);
  for (const [row, deviation] of deviations.entries()) {
    const ratios = ofSymbols[symbolOf[row]];
    for (let k = 0; k < ratios.length; k++) predicted[row * ratios.length + k] = ratios[k] * deviation;
  }
  return predicted;
}

function quantileAt(quantiles: readonly number[], level: number): number {
  const last = quantiles.length - 1;
  // Rounded, since 0.55 × 100 is a little above 55 and would not be that very quantile.
  const place = Number((level * last).toFixed(9));
  const below = Math.floor(place);
  const above = Math.min(last, below + 1);
  return quantiles[below] + (place - below) * (quantiles[above] - quantiles[below]);
}

function requireDeviations(deviations: Float64Array): void {
  const row = deviations.findIndex((value) => !(value > 0 && value < Number.POSITIVE_INFINITY));
  if (row >= 0)
    throw new UserError(
      `The deviation that is predicted for row ${row} is ${deviations[row]}, and an interval needs one above 0.`,
      'Train volatility_regressor again.',
    );
}
