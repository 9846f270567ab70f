import type { Logger } from '#lib/log.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import type { Feed, MarketEvent, RejectReason } from './feed.ts';
import { GapLedger } from './gaps.ts';
import { MinuteClock, type MinuteRange, minute } from './minutes.ts';
import type { TickWriter } from './writer.ts';

export interface SessionOptions {
  db: QuestDb;
  feed: Feed;
  writer: TickWriter;
  venue: string;
  symbols: readonly string[];
  log: Logger;
  /** Called with minutes whose ticks are all acknowledged; resolves when somebody has taken the order to close them. */
  close(ranges: MinuteRange[]): Promise<void>;
  /** A live market's minutes end by the wall clock too; a replayed one's only by its own events. */
  live: boolean;
  onTick?(rows: number): void;
  /** Called with every event, after it has been dealt with, and what was counted so far. */
  onEvent?(event: MarketEvent, summary: Readonly<SessionSummary>): void;
  /** Called once every symbol is subscribed. */
  onSubscribed?(): void;
}

export interface SessionSummary {
  rows: number;
  rejected: number;
  reasons: Partial<Record<RejectReason, number>>;
  sources: Record<string, number>;
}

/** Reads a feed to its end (a recording's, or `feed.close()`): ticks to the writer, connection changes to the gap ledger, minutes to the closer. */
export async function ingest(options: SessionOptions): Promise<SessionSummary> {
  const { feed, writer, log } = options;
  const ledger = await GapLedger.start(options.db, options.venue, options.symbols);
  const minutes = new MinuteClock();
  // Where a session was cut off, its last minutes were stored but maybe never closed.
  if (ledger.resumedAt !== undefined) for (const ts of [ledger.resumedAt, ledger.resumedAt - minute]) minutes.again(ts);
  const awaited = new Set(options.symbols);
  const summary: SessionSummary = { rows: 0, rejected: 0, reasons: {}, sources: {} };

  const closeDue = async (ranges: MinuteRange[]) => {
    if (ranges.length === 0) return;
    await writer.flush();
    await options.close(ranges);
  };

  for await (const event of feed) {
    switch (event.type) {
      case 'tick': {
        const { tick } = event;
        await ledger.saw(tick.symbol, tick.ts);
        await writer.write(tick);
        minutes.saw(tick.ts);
        summary.rows++;
        summary.sources[tick.source] = (summary.sources[tick.source] ?? 0) + 1;
        options.onTick?.(summary.rows);
        if (options.live) minutes.passed(Date.now() * 1000);
        await closeDue(minutes.due());
        break;
      }
      case 'rejected':
        summary.rejected++;
        // One line a reason: a venue that sends the same nonsense all day must not fill the log.
        if (!summary.reasons[event.row.reason])
          log.warn(
            { reason: event.row.reason, symbol: event.row.symbol, raw: event.row.raw.slice(0, 500) },
            'frame rejected; further ones of this kind are only counted',
          );
        summary.reasons[event.row.reason] = (summary.reasons[event.row.reason] ?? 0) + 1;
        break;
      case 'subscribed':
        log.info({ venue: event.venue, symbols: event.symbols.length }, 'subscribed');
        for (const symbol of event.symbols) awaited.delete(symbol);
        if (awaited.size === 0) options.onSubscribed?.();
        break;
      case 'disconnected':
        log.warn({ venue: event.venue, cause: event.cause }, 'disconnected');
        for (const since of await ledger.lost(event.symbols, event.cause, event.since)) minutes.againFrom(since);
        break;
    }
    options.onEvent?.(event, summary);
  }
  // Nothing is seen from here on: the minute that the feed ended in is not whole.
  await ledger.lost(options.symbols, 'end of feed');
  await closeDue(minutes.rest());
  return summary;
}
