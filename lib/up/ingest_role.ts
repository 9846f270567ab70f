import { backfill } from '#ingest/backfill.ts';
import { BlofinFeed } from '#ingest/blofin/feed.ts';
import { Limiter } from '#ingest/blofin/limiter.ts';
import { sourceOf } from '#ingest/blofin/origin.ts';
import { BlofinRest } from '#ingest/blofin/rest.ts';
import { type MinuteRange, minute } from '#ingest/minutes.ts';
import { CloseOrders } from '#ingest/orders.ts';
import { ingest } from '#ingest/session.ts';
import { isSimulated } from '#ingest/venue.ts';
import { TickWriter } from '#ingest/writer.ts';
import { type ActiveMarket, type FeedState, writeFeedState, writeMarket } from '#jobs/active_market.ts';
import type { CloseOrder } from '#jobs/close.ts';
import { openQueue } from '#jobs/queues.ts';
import type { Context } from '#lib/cli/context.ts';
import { progress } from '#lib/cli/output.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import { Lease } from '#lib/lease.ts';
import { openRedis } from '#lib/redis.ts';

export interface IngestOptions {
  exchange?: string;
  days: number;
  allowSimulated: boolean;
}

/** Within the time that a supervisor gives a role to end. */
const lastWriteMs = 5_000;

/** Tickers come every second: a publication of the state every two keeps up with them. */
const publishMs = 2_000;

/**
 * The ingest role until `signal`: history through REST, then ticks. One at a time: a second one learns who holds the lease.
 * Once streaming, the minutes in which the stream began (or came back) are fetched from the exchange as soon as a whole
 * one has been closed after them.
 */
export async function runIngest(context: Context, options: IngestOptions, signal: AbortSignal): Promise<void> {
  const { config, db, log, queues } = context;
  const { market } = config;
  const rest = new BlofinRest({
    url: options.exchange ?? market.restUrl,
    limiter: new Limiter({ perMinute: market.requestsPerMinute }),
    log,
  });
  const origin = await rest.origin();
  const { venue } = origin;
  const stopping = new AbortController();
  const stop = AbortSignal.any([signal, stopping.signal]);
  const redis = openRedis(context.services.redis);
  const closing = openQueue<CloseOrder, unknown>(queues, 'close');
  const daily = openQueue<object, unknown>(queues, 'daily');
  let lease: Lease | undefined;
  let takenOver: string | undefined;
  try {
    lease = await Lease.take(redis, `${queues.prefix}:lease:ingest`, 'An ingest process', log, (holder) => {
      takenOver = holder;
      stopping.abort();
    });
    const instruments = await rest.instruments();
    const symbols = market.symbols.filter((symbol) => instruments.has(symbol));
    for (const symbol of market.symbols)
      if (!instruments.has(symbol)) log.warn({ symbol }, 'the exchange does not list this symbol; passed over');
    if (symbols.length === 0)
      throw new UserError(`The exchange lists none of ${market.symbols.join(', ')}.`, 'Set market.symbols.');
    const active: ActiveMarket = {
      venue,
      symbols,
      clock: origin.kind === 'live' ? 'wall' : 'market',
      allowSimulated: options.allowSimulated,
    };
    await writeMarket(redis, queues.prefix, active);
    if (isSimulated(venue)) log.warn({ venue }, 'SIMULATED MARKET: its prices are made up, and its signals are gated');

    const order = async (ranges: MinuteRange[], of: string[]) => {
      await closing.add(
        'order',
        { venue, symbols: of, ranges },
        { attempts: 10, backoff: { type: 'exponential', delay: 1_000 } },
      );
    };
    const orders = new CloseOrders((ranges) => order(ranges, symbols), log);
    const fetchHistory = async (minutes: number) => {
      const bar = progress('history', symbols.length);
      try {
        const fetched = await backfill(db, rest, { symbols, minutes }, bar.update);
        for (const { symbol, reason } of fetched.skipped) log.warn({ symbol, reason }, 'no history');
        if (fetched.range) await order([fetched.range], []);
      } finally {
        bar.end();
      }
    };
    await fetchHistory(Math.round(options.days * 1_440));
    // The first models are trained now and not at night; its id keeps a restart within the hour from doing it again.
    await daily.add('first', {}, { deduplication: { id: 'first' }, delay: 2_000 });

    const feed = new BlofinFeed({
      wsUrl: wsUrlOf(options.exchange, market.wsUrl),
      instruments,
      symbols,
      venue,
      source: sourceOf(origin, 'ws'),
      log,
    });
    const writer = await TickWriter.connect(db.address, { ...config.ingest, closeMs: lastWriteMs }, log);
    const end = () => void feed.close();
    stop.addEventListener('abort', end, { once: true });
    if (stop.aborted) end();

    const state: FeedState = {
      at: '',
      pid: process.pid,
      venue,
      state: 'connecting',
      cause: null,
      newest: {},
      rows: 0,
      rejected: 0,
      reasons: {},
      duplicates: 0,
      reconnects: 0,
      writer: writer.counters,
      orders_waiting: 0,
    };
    const publish = async () => {
      const { duplicates, reconnects } = feed.counters;
      Object.assign(state, {
        at: new Date().toISOString(),
        duplicates,
        reconnects,
        writer: writer.counters,
        orders_waiting: orders.waiting,
      });
      try {
        await writeFeedState(redis, queues.prefix, state);
      } catch (error) {
        log.warn({ reason: reasonOf(error) }, 'feed state not published');
      }
    };
    const timer = setInterval(publish, publishMs);
    const catchUp = new CatchUp(fetchHistory, context);
    try {
      await ingest({
        db,
        feed,
        writer,
        venue,
        symbols,
        log,
        live: origin.kind === 'live',
        close: async (ranges) => {
          orders.add(ranges);
          catchUp.closed(ranges);
        },
        onEvent: (event, { rows, rejected, reasons }) => {
          Object.assign(state, { rows, rejected, reasons });
          if (event.type === 'tick')
            state.newest[event.tick.symbol] = Math.max(state.newest[event.tick.symbol] ?? 0, event.tick.ts);
          if (event.type === 'subscribed') Object.assign(state, { state: 'connected', cause: null });
          if (event.type === 'disconnected') Object.assign(state, { state: 'disconnected', cause: event.cause });
          if (event.type === 'tick' || event.type === 'disconnected') catchUp.saw(event);
        },
      });
    } finally {
      clearInterval(timer);
      await writer.close();
      await orders.settle(3_000);
      state.state = 'stopped';
      await publish();
    }
    if (takenOver)
      throw new UserError(
        `Another ingest process has taken over: ${takenOver}.`,
        'This one has ended so that nothing comes twice.',
      );
  } finally {
    await closing.close();
    await daily.close();
    await lease
      ?.release()
      .catch((error) => log.warn({ reason: reasonOf(error) }, 'lease not released; it ends by itself'));
    redis.disconnect();
  }
}

/** Fetches the minutes around the beginning of a connection once a whole minute after it has been closed. */
class CatchUp {
  readonly #fetch: (minutes: number) => Promise<void>;
  readonly #context: Context;
  #since: number | undefined;
  #fresh = true;
  #newest = 0;

  constructor(fetch: (minutes: number) => Promise<void>, context: Context) {
    this.#fetch = fetch;
    this.#context = context;
  }

  saw(event: { type: 'tick'; tick: { ts: number } } | { type: 'disconnected' }): void {
    if (event.type === 'disconnected') {
      this.#since ??= this.#newest;
      this.#fresh = true;
      return;
    }
    if (this.#fresh) {
      this.#fresh = false;
      // Without an earlier tick the history ended minutes before: ten are more than a start takes.
      this.#since = this.#since ? this.#since : event.tick.ts - 10 * minute;
    }
    this.#newest = Math.max(this.#newest, event.tick.ts);
  }

  closed(ranges: MinuteRange[]): void {
    const to = Math.max(...ranges.map((range) => range.to));
    if (this.#since === undefined || this.#fresh || to - this.#since < 2 * minute) return;
    const minutes = Math.ceil((this.#newest - this.#since) / minute) + 2;
    const since = this.#since;
    this.#since = undefined;
    this.#fetch(minutes).catch((error) => {
      this.#since ??= since;
      this.#context.log.warn(
        { reason: reasonOf(error), minutes },
        'minutes around a connection not fetched; trying again',
      );
    });
  }
}

function wsUrlOf(exchange: string | undefined, configured: string): string {
  return exchange ? `${exchange.replace(/^http/, 'ws').replace(/\/+$/, '')}/ws/public` : configured;
}
