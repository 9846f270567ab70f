import type { RejectReason, Tick } from '#ingest/feed.ts';
import type { Micros } from '#lib/time.ts';

export interface PlausibilityLimits {
  /** A time further ahead of our clock than this would close minutes that have not begun. Clocks differ by seconds. */
  maxAheadSeconds: number;
  /** A live stream may be late, by a minute or so, but not by this much. */
  maxBehindSeconds: number;
  /** Nor does a symbol go back from its newest event by this much: an exchange whose clock jumps would fill other minutes. */
  maxBackSeconds: number;
  /** A price this many times the last one, or that fraction of it, is a slip of the feed. */
  maxPriceMultiple: number;
}

export const plausibilityLimits: PlausibilityLimits = {
  maxAheadSeconds: 300,
  maxBehindSeconds: 3_600,
  maxBackSeconds: 120,
  maxPriceMultiple: 5,
};

/** How long the last price counts, in event time: what persists longer is the market and no slip. */
const memory = 60_000_000;
/** A recording has no clock but its own events: how far one may be from those before. */
const maxStep = 86_400_000_000;
/** So many in a row that are far from those before, but not from one another, are a recording that goes on at another time. */
const agreeing = 5;

/** Refuses ticks that are well formed but cannot be true, seen from our clock and from the ticks before. */
export class PlausibilityFilter {
  readonly #limits: PlausibilityLimits;
  readonly #last = new Map<string, { price: number; ts: Micros }>();
  /** The newest live event of each symbol, no later than it was received: one that is ahead must not refuse those after it. */
  readonly #newestOf = new Map<string, Micros>();
  /** The newest event of a recording. */
  #newest: Micros | undefined;
  /** Where the last events in a row were that are far from it, and how many agree. */
  #elsewhere: { ts: Micros; events: number } | undefined;

  constructor(limits: PlausibilityLimits = plausibilityLimits) {
    this.#limits = limits;
  }

  /** @param live whether event times are those of our own clock, not of a recording's */
  check(tick: Tick, live: boolean): RejectReason | null {
    return (live ? this.#liveTime(tick) : this.#recordedTime(tick.ts)) ?? this.#price(tick);
  }

  #liveTime({ symbol, ts, receivedAt }: Tick): RejectReason | null {
    const { maxAheadSeconds, maxBehindSeconds, maxBackSeconds } = this.#limits;
    if (ts > receivedAt + maxAheadSeconds * 1e6) return 'time is too far ahead';
    const newest = this.#newestOf.get(symbol) ?? Number.NEGATIVE_INFINITY;
    if (ts < Math.max(receivedAt - maxBehindSeconds * 1e6, newest - maxBackSeconds * 1e6))
      return 'time is too far behind';
    this.#newestOf.set(symbol, Math.max(newest, Math.min(ts, receivedAt)));
    return null;
  }

  #recordedTime(ts: Micros): RejectReason | null {
    const newest = this.#newest ?? ts;
    if (isNear(ts, newest)) {
      this.#newest = Math.max(newest, ts);
      this.#elsewhere = undefined;
      return null;
    }
    const before = this.#elsewhere;
    const events = before && isNear(ts, before.ts) ? before.events + 1 : 1;
    if (events < agreeing) {
      this.#elsewhere = { ts, events };
      return ts > newest ? 'time is too far ahead' : 'time is too far behind';
    }
    this.#newest = ts;
    this.#elsewhere = undefined;
    return null;
  }

  #price({ symbol, ts, price }: Tick): RejectReason | null {
    if (price === null) return null;
    const last = this.#last.get(symbol);
    if (!last) {
      this.#last.set(symbol, { price, ts });
      return null;
    }
    const ratio = price / last.price;
    const far = ratio > this.#limits.maxPriceMultiple || ratio * this.#limits.maxPriceMultiple < 1;
    if (far && Math.abs(ts - last.ts) < memory) return 'price is too far from the last';
    last.price = price;
    last.ts = ts;
    return null;
  }
}

function isNear(a: Micros, b: Micros): boolean {
  return Math.abs(a - b) <= maxStep;
}
