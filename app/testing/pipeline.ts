import { CloseRequests } from '#ingest/close_requests.ts';
import type { MarketEvent } from '#ingest/feed.ts';
import { Healer } from '#ingest/gaps/healer.ts';
import { ingest } from '#ingest/session/ingest.ts';
import { Audit } from '#ingest/store/audit.ts';
import { TickWriter } from '#ingest/store/writer.ts';
import { Limiter } from '#ingest/transport/limiter.ts';
import { BlofinFeed } from '#ingest/venues/blofin/feed.ts';
import { BlofinRest } from '#ingest/venues/blofin/rest.ts';
import { closeMinutes } from '#jobs/candles/close.ts';
import { silent } from '#lib/log.ts';
import { QuestDb, type QuestDbAddress } from '#lib/questdb/database.ts';
import type { MinuteRange } from '#lib/time.ts';

export interface PipelineOptions {
  questdb: QuestDbAddress;
  restUrl: string;
  wsUrl: string;
  symbols: string[];
  spool: string;
  flushMs?: number;
  stallMs?: number;
  onSubscribed?: () => void;
  onEvent?: (event: MarketEvent, feed: BlofinFeed) => void;
}

/** Where the ticks of a run are; see `unaccounted` in app/status. */
export interface Account {
  received: number;
  /** Of those received, trades that the healer has fetched. */
  healed: number;
  stored: number;
  /** Acknowledged, and not to be found in the table. */
  missing: number;
  queued: number;
  spooled: number;
  rejected: number;
  duplicates: number;
  lost: number;
  recovered: number;
}

/** A server that is on its way back is waited for, however slow the machine. */
const patienceMs = 600_000;

/** The ingest role's parts, from the socket to the closed and healed bars, until the market ends. */
export async function pipeline(options: PipelineOptions): Promise<Account> {
  const { symbols, restUrl, wsUrl } = options;
  const db = new QuestDb(options.questdb);
  const rest = new BlofinRest({ url: restUrl, limiter: new Limiter({ perMinute: 60_000, burst: 1_000 }), retryMs: 20 });
  const origin = await rest.origin();
  const { venue } = origin;
  const feed = new BlofinFeed({
    ...{ wsUrl, instruments: await rest.instruments(), symbols, origin, stallMs: options.stallMs ?? 5_000 },
    ...{ connectSpacingMs: 1, backoffMinMs: 20, backoffMaxMs: 200, subscriptions: { spacingMs: 1, ackTimeoutMs: 500 } },
  });
  const spool = { directory: options.spool, maxBytes: 1e9, sync: false };
  const sizes = { flushMs: options.flushMs ?? 100, batchRows: 1_000, queueRows: 50_000, closeMs: patienceMs };
  const writer = await TickWriter.connect(options.questdb, { ...sizes, spool }, silent);
  const audit = new Audit(db, venue);
  writer.onAcknowledged = (ticks, span) => audit.acknowledged(ticks, span);
  const close = (ranges: MinuteRange[], of: string[]) => closeMinutes(db, { venue, symbols: of, ranges });
  // One closing at a time, as the closer's queue has it.
  let closing: Promise<unknown> = Promise.resolve();
  const inTurn = (ranges: MinuteRange[], of: string[]) => {
    closing = closing.catch(() => {}).then(() => close(ranges, of));
    return closing;
  };
  const requests = new CloseRequests(async (ranges) => void (await inTurn(ranges, symbols)), silent);
  let healed = 0;
  const healer = new Healer({
    ...{ db, rest, venue, symbols, log: silent, days: 1, request: inTurn, flush: () => writer.flush() },
    timing: { pollMs: 100, settleMs: 100, graceMicros: 1_000_000, retryMs: 200, retryMaxMs: 500 },
    write: async (tick) => {
      healed += 1;
      await writer.write(tick);
    },
  });
  const healing = new AbortController();
  const work = healer.run(healing.signal);
  try {
    const summary = await ingest({
      ...{ db, feed, writer, venue, symbols, log: silent },
      ...(options.onSubscribed ? { onSubscribed: options.onSubscribed } : {}),
      close: async (ranges) => requests.add(ranges),
      onEvent: (event) => {
        healer.saw(event);
        options.onEvent?.(event, feed);
      },
    });
    await requests.settle(patienceMs);
    await healer.idle();
    healing.abort();
    await work;
    await writer.close();
    await audit.count();
    const { received, duplicates } = feed.counters;
    const { rejected } = summary;
    const { spooled, lost, recovered, acknowledged } = writer.counters;
    const all = received + healed;
    const queued = feed.held + summary.inHand + writer.counters.queued;
    const { counted, missing } = audit.state;
    if (counted + missing !== acknowledged) throw new Error(`audited ${counted + missing} of ${acknowledged}`);
    return { received: all, healed, stored: counted, missing, queued, spooled, rejected, duplicates, lost, recovered };
  } finally {
    healing.abort();
    await feed.close();
    await writer.close().catch(() => {});
    await db.close();
  }
}
