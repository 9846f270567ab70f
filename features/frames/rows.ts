import { catalogue } from '#features/catalogue.ts';
import { always, symbolsOf } from '#features/runs.ts';
import { UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { exportQuery, type OutputFile } from '#lib/questdb/export.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import type { Micros } from '#lib/time.ts';
import type { FeatureTimeframe } from '#lib/timeframe.ts';
import { bringCandles } from '#lib/venue.ts';
import type { RowOf } from '#sql/rows.ts';
import { withColumns } from './stored.ts';

export interface ShowRequest {
  venue: string;
  symbol: string;
  timeframe: FeatureTimeframe;
  /** The newest so many. */
  bars: number;
}

/**
 * The newest stored rows of a symbol in the order of time: ts, venue, symbol, close and all features.
 * @throws UserError when there is no such symbol, or nothing stored of it
 */
export async function newestRows(db: QuestDb, request: ShowRequest): Promise<RowOf<'frames/newest_features'>[]> {
  const rows = await db.query<RowOf<'frames/newest_features'>>(queryOf(request, always.until));
  if (rows.length === 0) throw await nothing(db, request);
  return rows;
}

/**
 * Writes the newest stored rows of a symbol to a file. QuestDB itself writes it: the values are the stored ones to the
 * last bit.
 * @throws UserError when there is no such symbol, or nothing stored of it
 */
export async function exportFeatures(
  db: QuestDb,
  request: ShowRequest,
  { path, format }: OutputFile,
): Promise<{ rows: number; features: number; from: string; to: string }> {
  const extent = await db.rows('frames/newest_extent', { ...request });
  const [{ rows, first_bar, last_bar }] = extent;
  if (rows === 0) throw await nothing(db, request);
  // A bar that closes meanwhile would be one that the caller is not told of.
  await exportQuery(db, queryOf(request, last_bar.getTime() * 1000), path, format);
  return {
    ...{ rows, features: catalogue(request.timeframe).length },
    ...{ from: first_bar.toISOString(), to: last_bar.toISOString() },
  };
}

function queryOf(request: ShowRequest, until: Micros): string {
  const parameters = { ...request, until: new Timestamp(until) };
  return withColumns('frames/newest_features', request.timeframe, parameters);
}

async function nothing(db: QuestDb, { venue, symbol, timeframe }: ShowRequest): Promise<UserError> {
  const known = await symbolsOf(db, venue, timeframe, always);
  if (!known.includes(symbol)) {
    const some =
      known.length === 0 ? 'no candles at all' : `${known.slice(0, 5).join(', ')}${known.length > 5 ? ' …' : ''}`;
    return new UserError(
      `There are no ${timeframe} candles of ${symbol} on ${venue}; there is ${some}.`,
      `Bring data in: ${bringCandles(venue, [symbol])}.`,
    );
  }
  return new UserError(
    `There are no ${timeframe} features of ${symbol} on ${venue} yet.`,
    `Make them: ./tickforest features fill --venue ${venue} --timeframe ${timeframe} --symbols ${symbol}`,
  );
}
