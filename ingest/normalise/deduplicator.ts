import type { FeedCounters, MarketEvent, RejectReason, Tick } from '#ingest/feed.ts';
import { type Origin, sourceOf } from '#ingest/origin.ts';
import type { Micros } from '#lib/time.ts';
import { PlausibilityFilter } from './plausibility.ts';
import { RecentKeys } from './recent_keys.ts';

/** Ids remembered per symbol: more than a reconnect repeats, a few hundred kilobytes for a busy symbol. */
const rememberedIds = 4_096;
/** Milliseconds remembered per symbol for numbering its quotes; a late quote of one of them gets a number of its own. */
const rememberedMs = 512;

/** What all rows of a frame share. */
export interface Arrival {
  origin: Origin;
  receivedAt: Micros;
  /** The frame as it came. */
  raw: string;
  emit: (event: MarketEvent) => void;
}

/** A tick without what the arrival says. */
export type Row = Omit<Tick, 'venue' | 'source' | 'receivedAt'>;

const rawLimit = 4_096;

/**
 * Where the rows of all connections of a feed come in: counts them, drops what is known already, refuses what cannot be
 * true and passes on the rest. It remembers across reconnects, so that what the venue repeats comes through once, with
 * its first `receivedAt`.
 */
export class Deduplicator {
  readonly counters: FeedCounters = { frames: 0, received: 0, ticks: 0, duplicates: 0, rejected: 0, reconnects: 0 };
  readonly #plausible: PlausibilityFilter;
  readonly #trades = new Map<string, RecentKeys>();
  readonly #quoteIds = new Map<string, RecentKeys>();
  readonly #quotes = new Map<string, Map<Micros, string[]>>();

  constructor(plausible: PlausibilityFilter = new PlausibilityFilter()) {
    this.#plausible = plausible;
  }

  /** A trade, told from others by symbol and id. */
  trade(row: Row, arrival: Arrival): void {
    this.#once(this.#trades, row, arrival);
  }

  /** A quote with an id of the venue, told from others by symbol and id. */
  identifiedQuote(row: Row, arrival: Arrival): void {
    this.#once(this.#quoteIds, row, arrival);
  }

  /** A quote without an id of the venue: numbered within its millisecond. The same one again tells nothing new. */
  quote(row: Row, arrival: Arrival): void {
    this.counters.received += 1;
    let byTime = this.#quotes.get(row.symbol);
    if (!byTime) {
      byTime = new Map();
      this.#quotes.set(row.symbol, byTime);
    }
    const content = `${row.bid} ${row.bidSize} ${row.ask} ${row.askSize} ${row.price} ${row.volume24h}`;
    const known = byTime.get(row.ts);
    if (!known) byTime.set(row.ts, [content]);
    else if (known.includes(content)) {
      this.counters.duplicates += 1;
      return;
    } else known.push(content);
    row.eventId = String((known?.length ?? 1) - 1);
    if (byTime.size > 2 * rememberedMs) {
      for (const old of [...byTime.keys()].slice(0, rememberedMs)) byTime.delete(old);
    }
    this.#pass(row, arrival);
  }

  /** What could not be understood, with the reason. */
  reject(reason: RejectReason, symbol: string | null, arrival: Arrival, raw: string = arrival.raw): void {
    this.counters.received += 1;
    this.#refuse(reason, symbol, arrival, raw);
  }

  #once(known: Map<string, RecentKeys>, row: Row, arrival: Arrival): void {
    this.counters.received += 1;
    let seen = known.get(row.symbol);
    if (!seen) {
      seen = new RecentKeys(rememberedIds);
      known.set(row.symbol, seen);
    }
    if (seen.add(row.eventId)) this.#pass(row, arrival);
    else this.counters.duplicates += 1;
  }

  #pass(row: Row, arrival: Arrival): void {
    const { origin, receivedAt, emit } = arrival;
    const tick: Tick = { ...row, venue: origin.venue, source: sourceOf(origin, 'ws'), receivedAt };
    const reason = this.#plausible.check(tick, origin.kind === 'live');
    if (reason) {
      this.#refuse(reason, tick.symbol, arrival, arrival.raw);
    } else {
      this.counters.ticks += 1;
      emit({ type: 'tick', tick });
    }
  }

  #refuse(reason: RejectReason, symbol: string | null, { origin, receivedAt, emit }: Arrival, raw: string): void {
    this.counters.rejected += 1;
    const { venue } = origin;
    const row = { venue, symbol, source: sourceOf(origin, 'ws'), reason, raw: raw.slice(0, rawLimit), receivedAt };
    emit({ type: 'rejected', row });
  }
}
