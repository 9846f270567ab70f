import type { Context } from '#app/context.ts';
import { CloseRequests } from '#ingest/close_requests.ts';
import type { MarketEvent } from '#ingest/feed.ts';
import { Healer } from '#ingest/gaps/healer.ts';
import { notListed } from '#ingest/listing.ts';
import { plausibilityLimits } from '#ingest/normalise/plausibility.ts';
import type { Origin } from '#ingest/origin.ts';
import { emptySummary, ingest } from '#ingest/session/ingest.ts';
import { Audit } from '#ingest/store/audit.ts';
import { writerOptions } from '#ingest/store/options.ts';
import { TickWriter } from '#ingest/store/writer.ts';
import { type MarketAccess, openMarketAccess } from '#ingest/venues/access.ts';
import type { CloseRequest } from '#jobs/candles/close.ts';
import { type ActiveMarket, writeMarket } from '#jobs/live_state.ts';
import { openQueue } from '#jobs/queue/queues.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import { Lease } from '#lib/lease.ts';
import { openRedis } from '#lib/redis.ts';
import { isSimulated } from '#lib/venue.ts';
import { FeedStatePublisher } from './feed_state.ts';
import { fetchHistory, firstTraining, requestClose } from './history.ts';
import { ListingWatch } from './listing_watch.ts';
import { MarketMemory } from './market_memory.ts';
import { startTeller } from './start_teller.ts';

export interface IngestOptions {
  exchange?: string;
  days: number;
  allowSimulated: boolean;
}

/** Within the time that a supervisor gives a role to end. What is not written then waits in the spool. */
const lastWriteMs = 3_000;

/**
 * The ingest role until `signal`: history through REST, then ticks. One at a time: a second one learns who holds the lease.
 * Spells that the stream missed are healed through REST meanwhile.
 */
export async function runIngest(context: Context, options: IngestOptions, signal: AbortSignal): Promise<void> {
  const { config, log, queues } = context;
  const access = openMarketAccess(config, log, { exchange: options.exchange });
  const memory = new MarketMemory(config.dataDir, access.restUrl);
  const { origin, listed, fresh } = await memory.ask(access.rest, log);
  if (fresh) memory.keep(origin, listed, log);
  const remembered = {
    instruments: async () => {
      const now = await access.rest.instruments();
      memory.keep(origin, now, log);
      return now;
    },
  };
  const stopping = new AbortController();
  const stop = AbortSignal.any([signal, stopping.signal]);
  const redis = openRedis(context.services.redis);
  const closing = openQueue<CloseRequest, unknown>(queues, 'close');
  let lease: Lease | undefined;
  let takenOver: string | undefined;
  try {
    const lost = (holder: string) => {
      takenOver = holder;
      stopping.abort();
    };
    // Under a supervisor the one that holds it is, as a rule, the one that was killed a second ago.
    const wait = process.connected ? stop : undefined;
    lease = await Lease.take(redis, `${queues.prefix}:lease:ingest`, 'An ingest process', log, lost, wait);
    const listings = new ListingWatch(remembered, config.market.symbols, listed, log);
    if (listings.symbols.length === 0)
      throw new UserError(
        `The exchange lists none of ${config.market.symbols.join(', ')}. ${notListed(listings.skipped, listings.listed)}`,
        `Set market.symbols to some that it lists, such as ${[...listings.listed.keys()].slice(0, 5).join(', ')}.`,
      );
    const announce = (symbols: string[]) => writeMarket(redis, queues.prefix, activeMarket(origin, symbols, options));
    await announce(listings.symbols);
    if (isSimulated(origin.venue))
      log.warn({ venue: origin.venue }, 'SIMULATED MARKET: its prices are made up, and its signals are gated');
    await follow(
      { context, access, origin, fresh, redis, listings, announce, request: requestClose(closing, origin.venue) },
      options,
      stop,
    );
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

interface Following {
  context: Context;
  access: MarketAccess;
  origin: Origin;
  /** Whether the exchange answers over REST. */
  fresh: boolean;
  redis: ReturnType<typeof openRedis>;
  listings: ListingWatch;
  announce: (symbols: string[]) => Promise<void>;
  request: ReturnType<typeof requestClose>;
}

async function follow(parts: Following, options: IngestOptions, stop: AbortSignal): Promise<void> {
  const { context, access, origin, fresh, redis, listings, announce, request } = parts;
  const { config, db, log, queues } = context;
  const { venue } = origin;
  const { rest } = access;
  // Where REST does not answer the ticks come first: the healer fetches what was missed since the last of them.
  if (fresh) {
    const told = startTeller(redis, queues.prefix, log);
    const minutes = Math.round(options.days * 1_440);
    const history = await fetchHistory(context, rest, listings.symbols, minutes, request, told);
    if (history) await firstTraining(context, venue, history);
  }

  const { maxAheadSeconds, maxBehindSeconds, maxPriceMultiple } = config.ingest;
  const feed = access.definition.feed({
    ...{ wsUrl: access.wsUrl, instruments: listings.listed, symbols: listings.symbols, origin, log },
    limits: { ...plausibilityLimits, maxAheadSeconds, maxBehindSeconds, maxPriceMultiple },
  });
  const writer = await TickWriter.connect(db.address, { ...writerOptions(config, venue), closeMs: lastWriteMs }, log);
  const audit = new Audit(db, venue);
  writer.onAcknowledged = (ticks, span) => audit.acknowledged(ticks, span);
  const end = () => void feed.close();
  stop.addEventListener('abort', end, { once: true });
  if (stop.aborted) end();

  const requests = new CloseRequests(async (ranges) => void (await request(ranges, listings.symbols)), log);
  let healed = 0;
  const healer = new Healer({
    ...{ db, rest, venue, days: options.days, log, flush: () => writer.flush() },
    get symbols() {
      return listings.symbols;
    },
    request: async (ranges, symbols) => void (await request(ranges, symbols)),
    write: async (tick) => {
      healed += 1;
      await writer.write(tick);
    },
  });
  const healing = startHealing(healer, stop, end);
  const skipped = () => listings.skipped;
  const market = () => activeMarket(origin, listings.symbols, options);
  const summary = emptySummary();
  const spoolLimit = config.ingest.spoolMib * 2 ** 20;
  const state = { venue, market, feed, writer, audit, summary, requests, healed: () => healed, skipped, spoolLimit };
  const publisher = new FeedStatePublisher(redis, queues.prefix, state, log);
  listings.start(({ follow: changed, symbols }) => {
    feed.follow(changed);
    announce(symbols).catch((error) => log.warn({ reason: reasonOf(error) }, 'symbols not announced'));
  }, fresh);
  try {
    await ingest({
      ...{ db, feed, writer, venue, symbols: listings.symbols, log, endMs: lastWriteMs },
      close: async (ranges) => requests.add(ranges),
      summary,
      onEvent: (event: MarketEvent) => {
        publisher.saw(event);
        healer.saw(event);
      },
    });
    // The end of a recording: what can be healed of it is healed.
    if (!stop.aborted) await healer.idle();
    await healing.end();
  } finally {
    listings.stop();
    await healing.end().catch(() => {});
    try {
      await writer.close();
    } finally {
      await requests.settle(lastWriteMs);
      await publisher.stop();
    }
  }
}

interface Healing {
  /** @throws what the healer has failed with */
  end(): Promise<void>;
}

/** Heals in the background until ended. A healer that cannot go on ends the feed: its failure is then that of the role. */
function startHealing(healer: Healer, stop: AbortSignal, endFeed: () => void): Healing {
  const over = new AbortController();
  let failure: { error: unknown } | undefined;
  const work = healer.run(AbortSignal.any([stop, over.signal])).catch((error) => {
    failure = { error };
    endFeed();
  });
  return {
    async end() {
      over.abort();
      await work;
      if (failure) throw failure.error;
    },
  };
}

function activeMarket({ venue, kind }: Origin, symbols: string[], { allowSimulated }: IngestOptions): ActiveMarket {
  return { venue, symbols, clock: kind === 'live' ? 'wall' : 'market', allowSimulated };
}
