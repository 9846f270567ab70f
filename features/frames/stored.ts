import { catalogue } from '#features/catalogue.ts';
import type { Exclusion, Frame } from '#lib/frame.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { exportParquet, readFrame } from '#lib/questdb/parquet.ts';
import { bind, type Parameters, Timestamp } from '#lib/questdb/statement.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros, type FeatureTimeframe } from '#lib/timeframe.ts';
import { statement } from '#sql/read.ts';

/** Which stored rows: the bars from `from` to `to` (inclusive) of these symbols. */
export interface FeatureWindow {
  venue: string;
  timeframe: FeatureTimeframe;
  symbols: readonly string[];
  from: Micros;
  to: Micros;
  /** These features alone; all of the timeframe unless given. */
  features?: readonly string[];
  /** Joins the labels of this horizon in bars, as columns `label_…`. */
  horizon?: number;
}

/**
 * Reads stored features of any timeframe into a frame: the column `close`, the features as they are stored, and the labels where a horizon is given. The Parquet file that they travel as stays in `file`.
 * @returns the rows that have all of it, and how many complete bars of each symbol are not among them: `no features` (a
 * run's first bars, or not filled yet), `no label` (a run's last bars, or not filled yet) or `no finite <column>`
 * @throws UserError when QuestDB does not export it or the file cannot be read
 */
export async function fetchFeatureFrame(
  db: QuestDb,
  { timeframe, features, horizon, ...rest }: FeatureWindow,
  file: string,
): Promise<{ frame: Frame; excluded: Exclusion[] }> {
  const { venue, symbols } = rest;
  const window = { timeframe, venue, symbols, since: new Timestamp(rest.from), until: new Timestamp(rest.to) };
  const take = async (name: string, parameters: Parameters) => {
    await exportParquet(db, withColumns(name, timeframe, parameters, features), file);
    return readFrame(file);
  };
  const counting = db.rows('frames/row_counts', window);
  const most = symbols.length * (Math.floor((rest.to - rest.from) / barMicros(timeframe)) + 1);
  const [counts, range] = await Promise.all([
    counting,
    horizon === undefined ? takeRange(db, window, most, take) : null,
  ]);
  const wanted = counts.reduce((sum, { filled }) => sum + filled, 0);
  // Rows only ever come: where there are no more than these even now, none of them was another's before.
  const isWhole = range?.rows === wanted && (await rowsOfRange(db, window)) === wanted;
  const { frame, excluded } =
    range && isWhole
      ? range
      : horizon === undefined
        ? await take('frames/features', window)
        : await take('frames/labelled_features', { ...window, horizon });
  const read = rowsBySymbol(frame, excluded);
  const left = counts.flatMap(({ symbol, bars, filled }) => [
    { symbol, reason: 'no features', rows: bars - filled },
    { symbol, reason: 'no label', rows: filled - (read.get(symbol) ?? 0) },
  ]);
  return { frame, excluded: [...left.filter(({ rows }) => rows > 0), ...excluded] };
}

interface Taken {
  frame: Frame;
  excluded: Exclusion[];
}

/**
 * All rows of the time of a window: without a filter QuestDB sends them in half the time. They are those of the window where
 * they are as many.
 * @param most rows that the window can have
 * @returns undefined where there are more
 */
async function takeRange(
  db: QuestDb,
  { timeframe, since, until }: Range,
  most: number,
  take: (name: string, parameters: Parameters) => Promise<Taken>,
): Promise<(Taken & { rows: number }) | undefined> {
  const range = { timeframe, since, until };
  const rows = await rowsOfRange(db, range);
  if (rows > most || rows === 0) return undefined;
  const taken = await take('frames/features_of_range', range);
  return { ...taken, rows: taken.excluded.reduce((sum, { rows: left }) => sum + left, taken.frame.rows) };
}

interface Range {
  timeframe: FeatureTimeframe;
  since: Timestamp;
  until: Timestamp;
}

async function rowsOfRange(db: QuestDb, { timeframe, since, until }: Range): Promise<number> {
  const [{ rows }] = await db.rows('frames/rows_of_range', { timeframe, since, until });
  return rows;
}

/**
 * A statement of sql/frames with the features of a timeframe, or these of them, as its {columns}.
 * @throws RangeError for a name that is none of its features
 */
export function withColumns(
  name: string,
  timeframe: FeatureTimeframe,
  parameters: Parameters,
  features?: readonly string[],
): string {
  const all = catalogue(timeframe).map((feature) => feature.name);
  const unknown = features?.find((each) => !all.includes(each));
  if (unknown !== undefined) throw new RangeError(`${timeframe} bars have no feature ${unknown}`);
  const columns = features ?? all;
  return bind(statement(name).replaceAll(/^( *)\{columns\}/gm, `$1${columns.join(', ')}`), parameters);
}

/** The rows that the file had, whether they are in the frame or not. */
function rowsBySymbol({ symbols, symbolOf }: Frame, excluded: readonly Exclusion[]): Map<string, number> {
  const counts = new Uint32Array(symbols.length);
  for (const symbol of symbolOf) counts[symbol]++;
  const read = new Map(symbols.map((symbol, i) => [symbol, counts[i]]));
  for (const { symbol, rows } of excluded) read.set(symbol, (read.get(symbol) ?? 0) + rows);
  return read;
}
