import { UserError } from './errors.ts';
import type { Micros } from './time.ts';

/** The grain of a series of bars. */
export type Timeframe = '1m' | '5m' | '15m' | '1h' | '4h' | '1d';

/** Minutes in a bar. */
export const minutes: Record<Timeframe, number> = { '1m': 1, '5m': 5, '15m': 15, '1h': 60, '4h': 240, '1d': 1440 };

/** Length of a bar in microseconds. */
export function barMicros(timeframe: Timeframe): Micros {
  return minutes[timeframe] * 60_000_000;
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
