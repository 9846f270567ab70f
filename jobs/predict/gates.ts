import type { Frame } from '#lib/frame.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros } from '#lib/timeframe.ts';
import { isSimulated } from '#lib/venue.ts';
import { farthestOutside } from '#models/feature_ranges.ts';
import type { TrainedModel } from '#models/trained.ts';
import type { RowOf } from '#sql/rows.ts';
import type { Reason } from './reasons.ts';
import type { PredictRequest } from './request.ts';
import type { Speaker } from './speakers.ts';

/** Bars back from the newest that a gap of the ticks must not touch: features look back so far. */
const lookBack = 240;
const mostGaps = 100_000;

export type Gap = RowOf<'checks/gaps_left'>;

/** Gaps of these symbols that are not healed and touch what the features of these bars look back on. */
export function gapsTouching(
  db: QuestDb,
  { venue, timeframe }: PredictRequest,
  symbols: readonly string[],
  from: Micros,
  to: Micros,
): Promise<Gap[]> {
  const bar = barMicros(timeframe);
  return db.rows('checks/gaps_left', {
    ...{ venue, symbols, most: mostGaps },
    ...{ from: new Timestamp(Math.max(0, from - lookBack * bar)), to: new Timestamp(to + bar) },
  });
}

/** A prediction that may be gated, and what its features and its bar are. */
export interface Judged {
  speaker: Speaker;
  trained: TrainedModel;
  frame: Frame;
  row: number;
  symbol: string;
  ts: Micros;
  /** Seconds from the end of the bar until now, on the clock of the market. */
  age: number;
  gaps: readonly Gap[];
  /** When the bar became known that the features were made of, and the one that stands now. */
  featuresOf: Micros;
  knownAt: Micros | undefined;
}

/** Why a signal is not to be acted upon. */
export function gateReasons(judged: Judged, { venue, timeframe, staleSeconds, limits }: PredictRequest): Reason[] {
  const { speaker, trained, ts, age } = judged;
  const reasons: Reason[] = [];
  const bar = barMicros(timeframe);
  if (isSimulated(venue) || speaker.simulated) reasons.push({ code: 'simulated', words: 'simulated market' });
  if (speaker.champion !== speaker.run_id) reasons.push({ code: 'no_champion', words: 'no champion' });
  if (age > staleSeconds) reasons.push({ code: 'stale', words: `stale: its bar closed ${Math.round(age)} s ago` });
  const gap = judged.gaps.find(
    ({ symbol, since, until }) =>
      symbol === judged.symbol && since < ts + bar && (until === null || until > ts - lookBack * bar),
  );
  if (gap)
    reasons.push({
      code: 'open_gap',
      words: `ticks are missing since ${new Date(gap.since / 1_000).toISOString().slice(0, 19)}Z (${gap.cause})`,
    });
  if (judged.knownAt !== judged.featuresOf)
    reasons.push({ code: 'bar_changed', words: 'its bar has changed since its features were made' });
  const outside = farthestOutside(judged.frame, judged.row, trained.features, trained.ranges);
  if (outside && outside.deviations > limits.maxDeviations)
    reasons.push({
      code: 'out_of_range',
      words: `${outside.feature} lies ${outside.deviations.toPrecision(2)} deviations outside its range in training`,
    });
  const days = (ts - trained.until) / 86_400_000_000;
  if (speaker.champion === speaker.run_id && days > limits.expiryDays)
    reasons.push({ code: 'expired', words: `its champion was trained ${Math.floor(days)} days ago` });
  return reasons;
}
