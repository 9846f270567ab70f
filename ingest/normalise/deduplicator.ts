import type { FeedCounters, MarketEvent, RejectReason, Tick } from '#ingest/feed.ts';
import { type Origin, stampOf } from '#ingest/origin.ts';
import type { Micros } from '#lib/time.ts';
import { SeenTrades } from './identity.ts';
import { PlausibilityFilter } from './plausibility.ts';
import { Recent } from './recent.ts';

/** Ids remembered per symbol: more than a reconnect repeats, about half a megabyte for a busy symbol. */
const rememberedIds = 1_024;
/** Milliseconds remembered per symbol for numbering its quotes; a late quote of one of them gets a number of its own. */
const rememberedMs = 128;

/** A frame that has arrived, and where to what is in it goes. */
export interface Arrival {
  origin: Origin;
  receivedAt: Micros;
  /** The frame as it came. */
  raw: string;
  /** All symbols that its socket carries, and the kind of ticks that it brings; null: both. */
  symbols: readonly string[];
  kind: Tick['kind'] | null;
  emit: (event: MarketEvent) => void;
}

/** A row that was refused, as far as it could be read. */
export interface RefusedPart {
  /** Default: the whole frame. */
  raw?: string | undefined;
  kind?: Tick['kind'] | null;
  /** Microseconds; null or left out where it cannot be read. */
  ts?: Micros | null;
}

const rawLimit = 4_096;

/**
 * Where the rows of all connections of a feed come in: counts them, drops what is known already, refuses what cannot be
 * true and passes on the rest. It remembers across reconnects, so that what the venue repeats comes through once, with
 * its first `receivedAt`.
 */
export class Deduplicator {
  readonly counters: FeedCounters = {
    frames: 0,
    received: 0,
    ticks: 0,
    duplicates: 0,
    reused: 0,
    rejected: 0,
    reconnects: 0,
  };
  readonly #plausible: PlausibilityFilter;
  readonly #trades = new Map<string, SeenTrades>();
  readonly #quoteIds = new Map<string, Recent<true>>();
  #seq: Micros = 0;
  readonly #quotes = new Map<string, Map<Micros, string[]>>();

  constructor(plausible: PlausibilityFilter = new PlausibilityFilter()) {
    this.#plausible = plausible;
  }

  /** A trade, told from others by symbol, id and content. */
  trade(tick: Tick, arrival: Arrival): void {
    this.counters.received += 1;
    const known = ofSymbol(this.#trades, tick.symbol, () => new SeenTrades(rememberedIds));
    const seen = known.see(tick);
    if (seen === 'duplicate') {
      this.counters.duplicates += 1;
      return;
    }
    if (seen === 'reused') this.counters.reused += 1;
    this.#pass(tick, arrival);
  }

  /** A quote with an id of the venue, told from others by symbol and id. */
  identifiedQuote(tick: Tick, arrival: Arrival): void {
    this.counters.received += 1;
    const known = ofSymbol(this.#quoteIds, tick.symbol, () => new Recent<true>(rememberedIds));
    if (known.get(tick.eventId)) {
      this.counters.duplicates += 1;
      return;
    }
    known.set(tick.eventId, true);
    this.#pass(tick, arrival);
  }

  /** A quote without an id of the venue: numbered within its millisecond. The same one again tells nothing new. */
  quote(tick: Tick, arrival: Arrival): void {
    this.counters.received += 1;
    const byTime = ofSymbol(this.#quotes, tick.symbol, () => new Map<Micros, string[]>());
    // Joined, it is one string; a template would stay a chain of fourteen.
    const content = [tick.bid, tick.bidSize, tick.ask, tick.askSize, tick.price, tick.volume24h].join(' ');
    const known = byTime.get(tick.ts);
    if (!known) byTime.set(tick.ts, [content]);
    else if (known.includes(content)) {
      this.counters.duplicates += 1;
      return;
    } else known.push(content);
    tick.eventId = String((known?.length ?? 1) - 1);
    if (byTime.size > 2 * rememberedMs) {
      for (const old of [...byTime.keys()].slice(0, rememberedMs)) byTime.delete(old);
    }
    this.#pass(tick, arrival);
  }

  /** What could not be understood, with the reason. */
  reject(reason: RejectReason, symbol: string | null, arrival: Arrival, part: RefusedPart = {}): void {
    this.counters.received += 1;
    this.#refuse(reason, symbol, arrival, part);
  }

  #pass(tick: Tick, arrival: Arrival): void {
    const reason = this.#plausible.check(tick, arrival.origin.kind === 'live');
    if (reason) {
      this.#refuse(reason, tick.symbol, arrival, tick);
    } else {
      this.counters.ticks += 1;
      // What comes in one frame has one time of receipt.
      this.#seq = Math.max(this.#seq + 1, arrival.receivedAt);
      tick.seq = this.#seq;
      arrival.emit({ type: 'tick', tick });
    }
  }

  #refuse(reason: RejectReason, symbol: string | null, arrival: Arrival, part: RefusedPart): void {
    this.counters.rejected += 1;
    const { seq: _, ...stamp } = stampOf(arrival.origin, 'ws', arrival.receivedAt);
    const row = { ...stamp, symbol, reason, raw: (part.raw ?? arrival.raw).slice(0, rawLimit) };
    const symbols = symbol === null ? arrival.symbols : [symbol];
    arrival.emit({ type: 'rejected', row, symbols, kind: part.kind ?? arrival.kind, ts: part.ts ?? null });
  }
}

function ofSymbol<Value>(values: Map<string, Value>, symbol: string, make: () => Value): Value {
  let value = values.get(symbol);
  if (value === undefined) {
    value = make();
    values.set(symbol, value);
  }
  return value;
}
