import type { Config } from '#lib/config.ts';
import type { FeatureTimeframe } from '#lib/timeframe.ts';

export interface PredictRequest {
  venue: string;
  timeframe: FeatureTimeframe;
  /** Those that are followed; all that the venue has unless given. */
  symbols?: readonly string[];
  /** Whose time the age of a bar is measured in. */
  clock: 'wall' | 'market';
  /** A signal whose bar closed longer ago than this is not to be acted upon. */
  staleSeconds: number;
  limits: Config['signals'];
}

export interface PredictResult {
  /** Signals that stand for the newest complete bars, and how many signals were made now. */
  signals: number;
  made: number;
  /** Rows that were written now because there is no signal. */
  absent: number;
  /** Bars that are due and may still get their features. */
  waiting: number;
  models: number;
  symbols: number;
  skipped: { what: string; reason: string }[];
}
