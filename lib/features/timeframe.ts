import type { Micros } from '#ingest/feed.ts';
import { UserError } from '#lib/errors.ts';

/** The grain of a series of bars. */
export type Timeframe = '1m' | '5m' | '15m' | '1h' | '4h' | '1d';

const minutes: Record<Timeframe, number> = { '1m': 1, '5m': 5, '15m': 15, '1h': 60, '4h': 240, '1d': 1440 };

/** Length of a bar in microseconds. */
export function barMicros(timeframe: Timeframe): Micros {
  return minutes[timeframe] * 60_000_000;
}

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

/** The timeframes that have features and labels. */
export const featureTimeframes = ['1m', '5m', '15m', '1h'] as const;
export type FeatureTimeframe = (typeof featureTimeframes)[number];

/** @throws UserError for a timeframe without features and labels */
export function requireFillable(timeframe: Timeframe): asserts timeframe is FeatureTimeframe {
  if (!featureTimeframes.some((known) => known === timeframe))
    throw new UserError(
      `There are no features of ${timeframe} bars.`,
      `Use one of the timeframes ${featureTimeframes.join(', ')}.`,
    );
}
