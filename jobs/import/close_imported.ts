import type { Stretch } from '#ingest/archives/tick_file.ts';
import type { TradeIds } from '#ingest/feed.ts';
import { type Hole, recordCoverage } from '#ingest/gaps/coverage.ts';
import { extentsOf } from '#ingest/gaps/extents.ts';
import { learnTradeIds } from '#ingest/gaps/learn_ids.ts';
import { doubtBetween } from '#ingest/gaps/seam.ts';
import type { Span } from '#ingest/gaps/spans.ts';
import { stateTradeIds } from '#ingest/gaps/trade_ids.ts';
import { closeAlike } from '#jobs/candles/close_alike.ts';
import type { CloseClient } from '#jobs/candles/close_client.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import type { Micros, MinuteRange } from '#lib/time.ts';
import type { Imported } from './imported.ts';

/** What is known of one symbol after an import. */
export interface SymbolCoverage {
  venue: string;
  symbol: string;
  /** What the ids of its trades say. */
  ids: TradeIds;
  gaps: Hole[];
  healed: number;
}

/**
 * Records what is unknown of what was imported, and has the closer make its bars. Ticks without a price make none: they
 * would only carry on the last close as if nothing had been traded.
 */
export async function closeImported(
  { db, closeClient }: { db: QuestDb; closeClient: CloseClient },
  imported: readonly Imported[],
): Promise<SymbolCoverage[]> {
  const open = imported.filter(({ state }) => !state.closed);
  const covered: SymbolCoverage[] = [];
  for (const [venue, ofVenue] of Map.groupBy(open, ({ file }) => file.venue)) {
    const ranges = new Map<string, MinuteRange[]>();
    const now = await extentsOf(db, venue);
    for (const [symbol, files] of bySymbol(ofVenue)) {
      const { coverage, close } = await cover(db, venue, symbol, files, now.get(symbol)!);
      covered.push(coverage);
      ranges.set(symbol, close);
    }
    await closeAlike(closeClient, venue, ranges);
  }
  for (const { state, save } of open) {
    state.closed = true;
    save();
  }
  return covered;
}

interface OfFile extends Imported {
  span: Span;
}

/**
 * The files that have a priced event of each symbol, and from when to when. Like a connection, a file was sound for all of its
 * symbols until its last event, those included that had nothing for a moment.
 */
function bySymbol(imported: readonly Imported[]): Map<string, OfFile[]> {
  const files = new Map<string, OfFile[]>();
  for (const each of imported) {
    const end = Math.max(...each.state.days.map(({ pricedTo }) => pricedTo ?? 0));
    for (const [symbol, days] of Map.groupBy(each.state.days, (day) => day.symbol)) {
      const priced = days.filter(({ pricedFrom }) => pricedFrom !== null);
      if (priced.length === 0) continue;
      const span = {
        from: Math.min(...priced.map(({ pricedFrom }) => pricedFrom!)),
        to: Math.max(...priced.map(({ pricedTo }) => pricedTo!)),
      };
      const seen = (ts: Micros) => ({ ts, number: null });
      if (doubtBetween(seen(span.to), seen(end), false) === null) span.to = end;
      files.set(symbol, [...(files.get(symbol) ?? []), { ...each, span }]);
    }
  }
  return files;
}

async function cover(db: QuestDb, venue: string, symbol: string, files: readonly OfFile[], extent: Stretch) {
  const stated = files.find(({ file }) => file.tradeIds !== undefined)?.file.tradeIds;
  if (stated !== undefined) await stateTradeIds(db, venue, [symbol], stated);
  const all = { from: extent.first, to: extent.last };
  const range = {
    from: Math.min(...files.map(({ span }) => span.from)),
    to: Math.max(...files.map(({ span }) => span.to)),
  };
  const { ids, changed } = await learnTradeIds(db, { venue, symbol }, range, all);
  // What was there before the first of these files was begun, also where an import was cut off and goes on.
  const before = files
    .toSorted((a, b) => a.state.began - b.state.began)
    .map(({ state }) => state.before[symbol])
    .at(0);
  const { opened, healed, ranges } = await recordCoverage(db, {
    ...{ venue, symbol, ids, before: before && { from: before.first, to: before.last } },
    spans: files.map(({ span }) => span),
    again: changed ? all : undefined,
    whole: files.every(({ file }) => file.whole === true),
  });
  return { coverage: { venue, symbol, ids, gaps: opened, healed }, close: ranges };
}
