import { barsOf } from './bars_of.ts';
import { meanOf } from './metrics.ts';
import { neweyWestError, neweyWestLag } from './newey_west.ts';
import { rankCorrelation } from './rank_correlation.ts';

export interface InformationCoefficient {
  /** Mean over the bars of time. */
  ic: number;
  /** Mean / its standard error, robust to heteroskedasticity and autocorrelation. */
  t: number;
  /** Mean / deviation over the bars: the information ratio of one bar. */
  ir: number;
  /** Bars that have one. */
  bars: number;
}

/** With fewer symbols a rank correlation is hardly more than a sign. */
const fewestSymbols = 5;

/**
 * The information coefficient: Spearman's rank correlation across the symbols of each bar between what was predicted and
 * what came (Grinold and Kahn, Active Portfolio Management, 2000, chapter 6). Left out are bars with fewer than five
 * symbols, and those in which all predictions, or all outcomes, are equal. The lag of its error is `neweyWestLag`.
 * @param ts bar-open times, ascending, one a row
 * @returns null where fewer than two bars are left; a figure that these do not define is NaN
 */
export function informationCoefficient(
  signal: Float64Array,
  outcome: Float64Array,
  { ts, barMicros, horizon }: { ts: Float64Array; barMicros: number; horizon: number },
): InformationCoefficient | null {
  const [values, places]: number[][] = [[], []];
  for (const { from, until } of barsOf(ts)) {
    if (until - from < fewestSymbols) continue;
    const correlation = rankCorrelation(signal.subarray(from, until), outcome.subarray(from, until));
    if (!Number.isFinite(correlation)) continue;
    values.push(correlation);
    places.push(Math.round((ts[from] - ts[0]) / barMicros));
  }
  const bars = values.length;
  if (bars < 2) return null;
  const series = Float64Array.from(values);
  const ic = meanOf(series);
  const deviation = Math.sqrt(series.reduce((sum, value) => sum + (value - ic) ** 2, 0) / (bars - 1));
  // Correlations of ±1 differ by rounding alone.
  if (deviation < 1e-9) return { ic, t: Number.NaN, ir: Number.NaN, bars };
  return { ic, t: ic / neweyWestError(series, places, neweyWestLag(bars, horizon)), ir: ic / deviation, bars };
}
