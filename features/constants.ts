import { minutes, type Timeframe } from '#lib/timeframe.ts';

/**
 * The constants of the feature definitions that depend on the length of a bar; parameters of the statements in
 * sql/features.
 */
export type Constants = {
  bars_a_year: number;
  slope_threshold: number;
  range_threshold: number;
  volatility_threshold: number;
};

/**
 * The market never closes, so a year has 525,600 minutes. The thresholds of the regimes, in percent, grow with the
 * square root of the length of a bar, as the deviation of a random walk does.
 */
export function constants(timeframe: Timeframe): Constants {
  const root = Math.sqrt(minutes[timeframe]);
  return {
    bars_a_year: 525_600 / minutes[timeframe],
    slope_threshold: 0.005 * root,
    range_threshold: 0.4 * root,
    volatility_threshold: 0.15 * root,
  };
}
