import type { Feed, MarketEvent, Refused, RejectedRow, RejectReason, Tick } from '#ingest/feed.ts';
import { slack } from '#ingest/gaps/doubts.ts';
import { GapLedger } from '#ingest/gaps/ledger.ts';
import { numberOf } from '#ingest/gaps/seam.ts';
import { StreamWatch } from '#ingest/gaps/stream_watch.ts';
import { stateTradeIds } from '#ingest/gaps/trade_ids.ts';
import { MinuteClock } from '#ingest/minute_clock.ts';
import { isOfClock, missesTrades } from '#ingest/refusals.ts';
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
  /** How long the end may wait for QuestDB and the closer, in milliseconds. What is not stored then is in the spool. */
  endMs?: number;
  onTick?(rows: number): void;
  /** Called with every event, after it has been dealt with, and what was counted so far. */
  onEvent?(event: MarketEvent, summary: Readonly<SessionSummary>): void;
  /** Called once every symbol is subscribed. */
  onSubscribed?(): void;
  /** Where it counts. Default: one of its own, which it returns. */
  summary?: SessionSummary;
}

export interface SessionSummary {
  /** Ticks taken from the feed. */
  rows: number;
  rejected: number;
  /** A row that was taken from the feed and is neither with the writer nor rejected yet. */
  inHand: number;
  /** Symbols that trade at the exchange without a trade of them coming. */
  untraded: string[];
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
  if (writer.damages.length > 0) {
    await ledger.flush();
    await writer.damagesTold();
  }
  const closing = new CloseWhenStored(writer, ledger, options.close);
  const rejections = new Rejections(writer, log);
  const awaited = new Set(options.symbols);
  const { summary = emptySummary() } = options;
  const watch = new StreamWatch();
  /** Causes of connections that are about to end because we want new ones. */
  const renewals = new Set<string>();

  const closeDue = async (ranges: MinuteRange[]) => {
    if (ranges.length === 0) return;
    await ledger.closing(ranges);
    for (const ts of ledger.touched()) minutes.again(ts);
    closing.add(ranges);
  };
  const retouch = () => {
    if (ledger.hasTouched) for (const ts of ledger.touched()) minutes.again(ts);
  };
  const refuse = async ({ row, ...refused }: { row: RejectedRow } & Refused) => {
    const known = summary.reasons[row.reason] ?? 0;
    summary.reasons[row.reason] = known + 1;
    if (missesTrades(row.reason, refused)) {
      const { symbols, ts } = refused;
      watch.forget(symbols);
      const full = ledger.refused(symbols, `refused: ${row.reason}`, isOfClock(row.reason) ? null : ts);
      retouch();
      if (full) await full;
    }
    summary.rejected++;
    summary.inHand = 0;
    const full = rejections.take(row, known === 0);
    if (full) await full;
  };
  /** What a tick shows of the other stream of its symbol. */
  const look = (tick: Tick): Promise<void> | undefined => {
    const found = watch.saw(tick);
    if (!found) return undefined;
    const { symbol, ts } = tick;
    summary.untraded = watch.stopped;
    if (found.state === 'back') return ledger.tradesBack(symbol, ts);
    log.warn({ symbol, stream: found.stream, renew: found.renew }, 'a stream has stopped while the other one goes on');
    const full = found.stream === 'trades' ? ledger.tradesMissing(symbol, found.since, 'trades stopped') : undefined;
    if (found.renew) {
      const cause = `the ${found.stream} of ${symbol} have stopped`;
      renewals.add(cause);
      feed.renew?.(symbol, cause);
    }
    return full;
  };

  for await (const event of feed) {
    let full: Promise<void> | undefined;
    switch (event.type) {
      case 'tick': {
        const { tick } = event;
        summary.inHand = 1;
        summary.rows++;
        summary.sources[tick.source] = (summary.sources[tick.source] ?? 0) + 1;
        const counted = tradeIds === 'count' && tick.kind === 'trade';
        full = ledger.saw(tick.symbol, tick.ts, counted ? numberOf(tick.eventId) : null);
        if (full) await full;
        full = look(tick);
        if (full) await full;
        // A jump of the ids, or trades that stopped, are known after minutes that they touch may have been closed.
        retouch();
        full = writer.write(tick);
        summary.inHand = 0;
        minutes.saw(tick.ts);
        options.onTick?.(summary.rows);
        const due = minutes.due();
        if (due.length > 0) await closeDue(due);
        break;
      }
      case 'rejected':
        summary.inHand = 1;
        full = refuse(event);
        break;
      case 'subscribed':
        log.info({ venue: event.venue, symbols: event.symbols.length }, 'subscribed');
        ledger.subscribed(event.symbols, minutes.newest || undefined);
        for (const symbol of event.symbols) awaited.delete(symbol);
        if (awaited.size === 0) options.onSubscribed?.();
        break;
      case 'disconnected': {
        log.warn({ venue: event.venue, cause: event.cause }, 'disconnected');
        const missing = watch.lost(event.symbols);
        for (const { symbol, since } of missing) ledger.tradesMissing(symbol, since, 'trades stopped');
        // Where one stream has stopped, the newest event may be of the other one.
        ledger.lost(
          event.symbols,
          event.cause,
          renewals.delete(event.cause) ? event.since && event.since - slack : event.since,
          new Set(missing.filter(({ proven }) => proven).map(({ symbol }) => symbol)),
        );
        summary.untraded = watch.stopped;
        retouch();
        break;
      }
    }
    if (full) await full;
    options.onEvent?.(event, summary);
  }
  ledger.settleRefused();
  // Nothing is seen from here on: the minute that the feed ended in is not whole.
  ledger.lost(options.symbols, 'end of feed');
  await closeDue(minutes.rest());
  const settled = closing.settle().then(() => ledger.flush());
  if (options.endMs === undefined) await settled;
  else if (!(await within(options.endMs, settled)))
    log.warn('QuestDB or the queue does not answer: the last minutes are left for the schedule to close');
  return summary;
}

export function emptySummary(): SessionSummary {
  return { rows: 0, rejected: 0, inHand: 0, untraded: [], reasons: {}, sources: {} };
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
