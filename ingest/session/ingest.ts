import type { Feed, MarketEvent, RejectedRow, RejectReason } from '#ingest/feed.ts';
import { GapLedger } from '#ingest/gaps/ledger.ts';
import { numberOf } from '#ingest/gaps/seam.ts';
import { stateTradeIds } from '#ingest/gaps/trade_ids.ts';
import { MinuteClock } from '#ingest/minute_clock.ts';
import { Rejections } from '#ingest/store/rejections.ts';
import { SpooledGaps } from '#ingest/store/spooled_gaps.ts';
import type { TickWriter } from '#ingest/store/writer.ts';
import { pause } from '#ingest/transport/pause.ts';
import type { Logger } from '#lib/log.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { type MinuteRange, minute } from '#lib/time.ts';
import { CloseWhenStored } from './close_when_stored.ts';

export interface SessionOptions {
  db: QuestDb;
  feed: Feed;
  writer: TickWriter;
  venue: string;
  symbols: readonly string[];
  log: Logger;
  /** Called with minutes whose ticks are all acknowledged; resolves when somebody has taken the request to close them. */
  close(ranges: MinuteRange[]): Promise<void>;
  /** A live market's minutes end by the wall clock too; a replayed one's only by its own events. */
  live: boolean;
  /** How long the end may wait for QuestDB and the closer, in milliseconds. What is not stored then is in the spool. */
  endMs?: number;
  onTick?(rows: number): void;
  /** Called with every event, after it has been dealt with, and what was counted so far. */
  onEvent?(event: MarketEvent, summary: Readonly<SessionSummary>): void;
  /** Called once every symbol is subscribed. */
  onSubscribed?(): void;
}

export interface SessionSummary {
  /** Ticks taken from the feed. */
  rows: number;
  rejected: number;
  reasons: Partial<Record<RejectReason, number>>;
  sources: Record<string, number>;
}

/** Reads a feed to its end (a recording's, or `feed.close()`): ticks to the writer, connection changes to the gap ledger, minutes to the closer. */
export async function ingest(options: SessionOptions): Promise<SessionSummary> {
  const { feed, writer, log } = options;
  await writer.recoveredStored();
  const sink = new SpooledGaps(writer, options.venue);
  const ledger = await GapLedger.start(options.db, options.venue, options.symbols, log, sink);
  const { tradeIds = 'none' } = feed;
  if (tradeIds !== 'none') await stateTradeIds(options.db, options.venue, options.symbols, tradeIds);
  const minutes = new MinuteClock();
  reopen(minutes, ledger, options);
  const closing = new CloseWhenStored(writer, ledger, options.close);
  const rejections = new Rejections(writer, log);
  const awaited = new Set(options.symbols);
  const summary: SessionSummary = { rows: 0, rejected: 0, reasons: {}, sources: {} };

  const closeDue = async (ranges: MinuteRange[]) => {
    if (ranges.length === 0) return;
    await ledger.closing(ranges);
    for (const ts of ledger.touched()) minutes.again(ts);
    closing.add(ranges);
  };
  const refuse = (row: RejectedRow) => {
    summary.rejected++;
    const known = summary.reasons[row.reason] ?? 0;
    summary.reasons[row.reason] = known + 1;
    return rejections.take(row, known === 0);
  };

  for await (const event of feed) {
    let full: Promise<void> | undefined;
    switch (event.type) {
      case 'tick': {
        const { tick } = event;
        summary.rows++;
        summary.sources[tick.source] = (summary.sources[tick.source] ?? 0) + 1;
        const counted = tradeIds === 'count' && tick.kind === 'trade';
        full = ledger.saw(tick.symbol, tick.ts, counted ? numberOf(tick.eventId) : null);
        if (full) await full;
        // A jump of the ids is known after minutes that it touches may have been closed.
        if (ledger.hasTouched) for (const ts of ledger.touched()) minutes.again(ts);
        full = writer.write(tick);
        minutes.saw(tick.ts);
        options.onTick?.(summary.rows);
        if (options.live) minutes.passed(Date.now() * 1000);
        const due = minutes.due();
        if (due.length > 0) await closeDue(due);
        break;
      }
      case 'rejected':
        full = refuse(event.row);
        break;
      case 'subscribed':
        log.info({ venue: event.venue, symbols: event.symbols.length }, 'subscribed');
        ledger.subscribed(event.symbols, minutes.newest || undefined);
        for (const symbol of event.symbols) awaited.delete(symbol);
        if (awaited.size === 0) options.onSubscribed?.();
        break;
      case 'disconnected':
        log.warn({ venue: event.venue, cause: event.cause }, 'disconnected');
        ledger.lost(event.symbols, event.cause, event.since);
        for (const ts of ledger.touched()) minutes.again(ts);
        break;
    }
    if (full) await full;
    options.onEvent?.(event, summary);
  }
  // Nothing is seen from here on: the minute that the feed ended in is not whole.
  ledger.lost(options.symbols, 'end of feed');
  await closeDue(minutes.rest());
  const settled = closing.settle().then(() => ledger.flush());
  if (options.endMs === undefined) await settled;
  else if (!(await within(options.endMs, settled)))
    log.warn('QuestDB or the queue does not answer: the last minutes are left for the schedule to close');
  return summary;
}

/** Whether the work was done in time; it may go on otherwise. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const over = new AbortController();
  try {
    return await Promise.race([work.then(() => true), pause(ms, over.signal).then(() => false)]);
  } finally {
    over.abort();
  }
}

/** Minutes of before that are to be closed now, for what was found at the start. */
function reopen(minutes: MinuteClock, ledger: GapLedger, { writer, symbols }: SessionOptions): void {
  // Where a session was cut off, its last minutes were stored but maybe never closed.
  if (ledger.resumedAt !== undefined) for (const ts of [ledger.resumedAt, ledger.resumedAt - minute]) minutes.again(ts);
  const { recovered } = writer;
  if (recovered) for (let ts = recovered.from; ts < recovered.to + minute; ts += minute) minutes.again(ts);
  for (const { from, to } of writer.damages) ledger.damaged(symbols, from, to, 'spool damaged');
  writer.onLost = ({ from, to }) => ledger.damaged(symbols, from, to, 'spool damaged');
  for (const ts of ledger.touched()) minutes.again(ts);
}
