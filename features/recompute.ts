import type { QuestDb, Row } from '#lib/questdb/database.ts';
import { bind, Timestamp } from '#lib/questdb/statement.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros, requireFillable, type Timeframe } from '#lib/timeframe.ts';
import { families, setHash, warmupBars } from './catalogue.ts';
import { composeSelect, earliestBar } from './compose.ts';
import { chains } from './groups.ts';
import type { FamilyFile } from './header.ts';
import { findRuns } from './runs.ts';
import { pieces } from './spans.ts';

export interface RecomputeRequest {
  venue: string;
  timeframe: Timeframe;
  symbols: readonly string[];
  /** First and last bar, as bar-open times. */
  from: Micros;
  to: Micros;
  /** Bars after this one are kept out at the source, whatever a family reads. */
  knownUntil?: Micros;
  /** All of the timeframe unless given. */
  files?: readonly FamilyFile[];
}

/**
 * The rows of features that a fill from scratch would store, without storing them: nothing stored is read but candles.
 * A bar whose run is too short has no row.
 */
export async function recompute(db: QuestDb, request: RecomputeRequest): Promise<Row[]> {
  const { venue, timeframe, symbols, from, knownUntil } = request;
  requireFillable(timeframe);
  const files = request.files ?? families(timeframe);
  const to = Math.min(request.to, knownUntil ?? request.to);
  const bar = barMicros(timeframe);
  const since = Math.max(0, Math.min(earliestBar(files, from, bar), from - warmupBars(timeframe) * bar));
  const runs = await findRuns(db, venue, symbols, timeframe, { since, until: to });
  const fresh = pieces(runs, { bar, before: warmupBars(timeframe), after: 0, from, to });
  const candles =
    knownUntil === undefined
      ? `candles_${timeframe}`
      : bind(`(SELECT * FROM candles_{timeframe} WHERE ts <= :until)`, { timeframe, until: new Timestamp(knownUntil) });
  const rows: Row[] = [];
  // From scratch, each slice of a long one too: what is stored must have no say.
  for (const { spans } of chains(venue, fresh, [], bar, (first) => earliestBar(files, first, bar), 1))
    for (const span of spans)
      rows.push(
        ...(await db.query(
          composeSelect(timeframe, files, { ...span, continued: false }, setHash(timeframe), candles),
        )),
      );
  return rows;
}
