import type { Job } from 'bullmq';
import { backfill } from '#ingest/backfill.ts';
import { BlofinFeed } from '#ingest/blofin/feed.ts';
import { BlofinRest } from '#ingest/blofin/rest.ts';
import type { MinuteRange } from '#ingest/minutes.ts';
import { CloseOrders } from '#ingest/orders.ts';
import { ingest } from '#ingest/session.ts';
import { Limiter } from '#ingest/transport/limiter.ts';
import { isSimulated } from '#ingest/venue.ts';
import { TickWriter } from '#ingest/writer.ts';
import { type ActiveMarket, writeMarket } from '#jobs/active_market.ts';
import type { CloseOrder } from '#jobs/close.ts';
import { openEvents, openQueue } from '#jobs/queues.ts';
import type { Context } from '#lib/cli/context.ts';
import { progress } from '#lib/cli/output.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import { Lease } from '#lib/lease.ts';
import { openRedis } from '#lib/redis.ts';
import { modelNames } from '#models/definition.ts';
import { CatchUp } from './catch_up.ts';
import { FeedStatePublisher } from './feed_state.ts';

export interface IngestOptions {
  exchange?: string;
  days: number;
  allowSimulated: boolean;
}

/** Within the time that a supervisor gives a role to end. */
const lastWriteMs = 5_000;

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

    const order = (ranges: MinuteRange[], of: string[]) =>
      closing.add(
        'order',
        { venue, symbols: of, ranges },
        { attempts: 10, backoff: { type: 'exponential', delay: 1_000 } },
      );
    const orders = new CloseOrders(async (ranges) => void (await order(ranges, symbols)), log);
    const fetchHistory = async (minutes: number) => {
      const bar = progress('history', symbols.length);
      try {
        const fetched = await backfill(db, rest, { symbols, minutes }, bar.update);
        for (const { symbol, reason } of fetched.skipped) log.warn({ symbol, reason }, 'no history');
        return fetched.range && (await order([fetched.range], []));
      } finally {
        bar.end();
      }
    };
    const history = await fetchHistory(Math.round(options.days * 1_440));
    if (history) await firstTraining(context, venue, history);

    const feed = new BlofinFeed({
      wsUrl: wsUrlOf(options.exchange, market.wsUrl),
      instruments,
      symbols,
      origin,
      log,
    });
    const writer = await TickWriter.connect(db.address, { ...config.ingest, closeMs: lastWriteMs }, log);
    const end = () => void feed.close();
    stop.addEventListener('abort', end, { once: true });
    if (stop.aborted) end();

    const publisher = new FeedStatePublisher(redis, queues.prefix, { venue, feed, writer, orders }, log);
    const catchUp = new CatchUp(fetchHistory, log);
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
        onEvent: (event, summary) => {
          publisher.saw(event, summary);
          catchUp.saw(event);
        },
      });
    } finally {
      try {
        await writer.close();
      } finally {
        await orders.settle(3_000);
        await publisher.stop();
      }
    }
    if (takenOver)
      throw new UserError(
        `Another ingest process has taken over: ${takenOver}.`,
        'This one has ended so that nothing comes twice.',
      );
  } finally {
    await closing.close();
    await lease
      ?.release()
      .catch((error) => log.warn({ reason: reasonOf(error) }, 'lease not released; it ends by itself'));
    redis.disconnect();
  }
}

/** How long the closing of the history may take; a worker that is not there yet is not waited for longer. */
const historyCloseMs = 120_000;

/**
 * Where a model has no champion, training does not wait for the night. It follows the closing of the history, in the
 * background: ticks that are not followed meanwhile would be lost. A restart within the hour does not train again.
 */
async function firstTraining({ db, queues, log }: Context, venue: string, history: Job): Promise<void> {
  const champions = await db.rows('runs/champions', { venue, timeframe: '1m' });
  if (champions.length >= modelNames.length) return;
  const closing = openEvents(queues, 'close');
  const daily = openQueue<object, unknown>(queues, 'daily');
  const ordered = async () => {
    try {
      await history.waitUntilFinished(closing, historyCloseMs);
      const again = { attempts: 3, backoff: { type: 'exponential', delay: 10_000 } };
      await daily.add('first', {}, { ...again, deduplication: { id: 'first', ttl: 3_600_000 } });
    } catch (error) {
      log.warn({ reason: reasonOf(error) }, 'first training not ordered; the daily one will do it');
    } finally {
      await closing.close();
      await daily.close();
    }
  };
  void ordered();
}

function wsUrlOf(exchange: string | undefined, configured: string): string {
  return exchange ? `${exchange.replace(/^http/, 'ws').replace(/\/+$/, '')}/ws/public` : configured;
}
