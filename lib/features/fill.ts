import type { Micros } from '#ingest/feed.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { catalogue, loadBars, setHash, warmupBars } from './catalogue.ts';
import { ensureColumns } from './columns.ts';
import { composeFill } from './compose.ts';
import { concurrently } from './concurrently.ts';
import { always, findRuns, symbolsOf } from './runs.ts';
import { barsWithin, type Need, type Piece, pieces, type Skipped, skippedOf } from './spans.ts';
import { barMicros, requireFillable, type Timeframe } from './timeframe.ts';

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
}

export interface Filled {
  /** Rows written. */
  rows: number;
  /** Complete bars between the bounds. */
  bars: number;
  /** Symbols of which rows were written. */
  symbols: number;
  skipped: Skipped[];
}

/** Rows of one statement: enough to make its warm-up cheap, few enough to bound the memory of its joins. */
const mostBars = 20_000;

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
  const { venue, timeframe, from, to } = request;
  requireFillable(timeframe);
  await ensureColumns(db, timeframe);
  const bar = barMicros(timeframe);
  const need: Need = { bar, before: warmupBars(), after: 0, from, to, most: mostBars };
  const range = {
    since:
      from === undefined
        ? always.since
        : Math.min(from - loadBars('approach') * bar, historyStart(from - loadBars('bars') * bar, bar)),
    until: to ?? always.until,
  };
  const symbols = request.symbols ?? (await symbolsOf(db, venue, timeframe, range));
  if (symbols.length === 0) return { rows: 0, bars: 0, symbols: 0, skipped: [] };
  const runs = await findRuns(db, venue, symbols, timeframe, range);
  const work = pieces(runs, need);
  const hash = setHash(timeframe);
  const total = work.reduce((sum, piece) => sum + piece.bars, 0);
  let done = 0;
  await concurrently(work, request.concurrency ?? 2, async (piece) => {
    await request.turn?.();
    await db.query(composeFill(timeframe, catalogue(), spanOf(piece, venue, bar), hash));
    done += piece.bars;
    onProgress?.(done, total);
  });
  await db.applied([`features_${timeframe}`], 600_000);
  return {
    rows: total,
    bars: barsWithin(runs, need),
    symbols: new Set(work.map((piece) => piece.run.symbol)).size,
    skipped: skippedOf(symbols, runs, work, need),
  };
}

function spanOf({ run, first, last }: Piece, venue: string, bar: Micros) {
  const at = (micros: Micros) => new Timestamp(Math.max(run.first, micros));
  const bars = first - loadBars('bars') * bar;
  const approach = first - loadBars('approach') * bar;
  return {
    venue,
    symbol: run.symbol,
    history: at(historyStart(bars, bar)),
    approach: at(approach),
    bars: at(bars),
    from: at(first),
    to: at(last),
  };
}

/** The bar before the UTC month of this time: the first bar of a month needs the close before it. */
function historyStart(ts: Micros, bar: Micros): Micros {
  const date = new Date(ts / 1000);
  return Math.max(0, Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) * 1000 - bar);
}
