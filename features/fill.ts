import { UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { viewsCurrent } from '#lib/questdb/views.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros, type FeatureTimeframe, requireFillable, type Timeframe } from '#lib/timeframe.ts';
import { families, setHash, warmupBars } from './catalogue.ts';
import { ensureColumns } from './columns.ts';
import { composeFill, earliestBar, type Span, storedForNewest } from './compose.ts';
import { concurrently } from './concurrently.ts';
import { type Continued, chains, rowsIn } from './groups.ts';
import type { FamilyFile } from './header.ts';
import { currentSpells, groupsOf, missing } from './missing.ts';
import { always, findRuns, symbolsOf } from './runs.ts';
import { barsOf, barsWithin, type Need, pieces, type Skipped, skippedOf } from './spans.ts';

export interface FillRequest {
  venue: string;
  timeframe: Timeframe;
  /** Those of the venue that have bars there, unless given. */
  symbols?: readonly string[];
  /** First and last bar to write, as bar-open times; what they need before them is loaded besides. */
  from?: Micros;
  to?: Micros;
  /** Statements at a time. */
  concurrency?: number;
  /** Called before each statement, which waits for it. */
  turn?: () => Promise<void>;
  /** Whether bars may go on from the stored rows before `from`, where these are of the current definition. */
  resume?: boolean;
  /** Passes over bars whose stored rows are those that it would write, as after a fill that was cut off. */
  onlyMissing?: boolean;
  /** Some families into a table of that name, which has their columns; all into that of the timeframe unless given. */
  only?: { files: readonly FamilyFile[]; table: string };
}

export interface Filled {
  /** Rows written. */
  rows: number;
  /** Rows that stood already as they would be written, and were passed over. */
  kept: number;
  /** Complete bars between the bounds. */
  bars: number;
  /** Symbols of which rows were written, and how many of them went on from stored rows. */
  symbols: number;
  resumed: number;
  skipped: Skipped[];
}

/**
 * Computes the features of complete bars within their unbroken runs and writes them to `features_<timeframe>`; returns
 * once they can be read. A bar is written when as many bars of its run stand before it as the longest warm-up says.
 * Running it again writes the same rows again. A symbol with too few bars is in `skipped`.
 * @param onProgress called with the rows written so far and in all
 * @throws UserError for a timeframe without features, an Error from QuestDB when a statement fails
 */
export async function fillFeatures(
  db: QuestDb,
  request: FillRequest,
  onProgress?: (done: number, total: number) => void,
): Promise<Filled> {
  const { venue, timeframe, from, to, only } = request;
  requireFillable(timeframe);
  if (timeframe !== '1m') await viewsCurrent(db);
  const files = only?.files ?? families(timeframe);
  const table = only?.table ?? `features_${timeframe}`;
  // Where rows can be gone on from, their table has its columns.
  if (!only && !request.resume) await ensureColumns(db, timeframe);
  const bar = barMicros(timeframe);
  const hash = setHash(timeframe);
  const need: Need = { bar, before: warmupBars(timeframe), after: 0, from, to };
  const since = from === undefined ? always.since : Math.min(earliestBar(files, from, bar), from - need.before * bar);
  const range = { since: Math.max(0, since), until: to ?? always.until };
  const symbols = request.symbols ?? (await symbolsOf(db, venue, timeframe, range));
  if (symbols.length === 0) return { rows: 0, kept: 0, bars: 0, symbols: 0, resumed: 0, skipped: [] };

  const recent = request.resume ? await continuable(db, { ...request, timeframe, symbols }, files, hash) : [];
  const resumed = new Set(recent.flatMap((group) => group.symbols));
  const others = symbols.filter((symbol) => !resumed.has(symbol));
  const runs = others.length === 0 ? [] : await findRuns(db, venue, others, timeframe, range);
  const fillable = pieces(runs, need);
  const spells = request.onlyMissing
    ? await currentSpells(db, { venue, timeframe, symbols, from, to, range, hash })
    : [];
  const { fresh, behind } = missing(fillable, spells, bar, recalled(files));
  const continued = [...recent, ...groupsOf(behind)];
  const work = chains(
    venue,
    fresh,
    continued,
    bar,
    (first) => earliestBar(files, first, bar),
    request.concurrency ?? 2,
  );
  const rows = work
    .flatMap(({ spans }) => spans)
    .reduce((sum, span) => sum + rowsIn(span.symbols.length, span.from, span.to, bar), 0);
  let done = 0;
  await concurrently(work, request.concurrency ?? 2, async ({ spans }) => {
    for (const [k, span] of spans.entries()) {
      // A statement that goes on from what the last one wrote must see it.
      if (k > 0) await db.applied([table], 600_000);
      await request.turn?.();
      await db.query(composeFill(timeframe, files, span, hash, table));
      done += rowsIn(span.symbols.length, span.from, span.to, bar);
      onProgress?.(done, rows);
    }
  });
  await db.applied([table], 600_000);
  await concurrently(work, request.concurrency ?? 2, async ({ spans }) => {
    for (const span of spans) await requireWritten(db, span, { table, set_hash: hash, bar });
  });
  const recentRows = recent.reduce((sum, { symbols: of, first, last }) => sum + rowsIn(of.length, first, last, bar), 0);
  for (const { run } of behind) resumed.add(run.symbol);
  return {
    rows,
    kept: recentRows + barsOf(fillable) - rows,
    bars: barsWithin(runs, need) + recentRows,
    symbols: new Set([...resumed, ...fresh.map((piece) => piece.run.symbol)]).size,
    resumed: resumed.size,
    skipped: skippedOf(others, runs, fillable, need),
  };
}

/** A statement writes nothing where a bar that it reads has gone since its symbols were chosen. */
async function requireWritten(
  db: QuestDb,
  { venue, symbols, from, to }: Span,
  { bar, ...stored }: { table: string; set_hash: string; bar: Micros },
): Promise<void> {
  const bounds = { from: new Timestamp(from), until: new Timestamp(to) };
  const [{ rows }] = await db.preparedRows('features/rows_of_span', { venue, symbols, ...bounds, ...stored });
  const wanted = rowsIn(symbols.length, from, to, bar);
  if (rows !== wanted)
    throw new UserError(
      `Candles of ${venue} changed while their features were made: ${rows} of ${wanted} rows stand.`,
      'Fill them again.',
      { transient: true },
    );
}

/** The symbols that can go on from their stored rows before `from`, by their last bar. */
async function continuable(
  db: QuestDb,
  request: FillRequest & { timeframe: FeatureTimeframe; symbols: readonly string[] },
  files: readonly FamilyFile[],
  hash: string,
): Promise<Continued[]> {
  const { venue, timeframe, symbols, from, to } = request;
  if (from === undefined) return [];
  const bar = barMicros(timeframe);
  const window = Math.max(...files.map((file) => file.window));
  const at = (micros: Micros) => new Timestamp(Math.max(0, micros));
  const rows = await db.preparedRows('features/symbols_to_continue', {
    ...{ timeframe, venue, symbols, set_hash: hash, recalled: recalled(files), bar_seconds: bar / 1e6 },
    ...{ from: at(from), until: at(to ?? always.until) },
    ...{ recall_from: at(from - recalled(files) * bar), newest_from: at(from - storedForNewest(files) * bar) },
    stored_from: at(from - Math.max(recalled(files), storedForNewest(files)) * bar),
    window_from: at(from - window * bar),
  });
  const groups = Map.groupBy(rows, (row) => row.last_bar.getTime() * 1000);
  return [...groups].map(([last, group]) => ({
    symbols: group.map((row) => row.symbol),
    ...{ first: from, last, newest: group.every((row) => row.newest_rows === storedForNewest(files)) },
  }));
}

/** Stored rows that have to stand before a bar that goes on from them. */
function recalled(files: readonly FamilyFile[]): number {
  return Math.max(1, ...files.filter(({ recalls }) => recalls.length > 0).map(({ window }) => window));
}
