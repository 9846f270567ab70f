import type { Micros, RejectReason, Tick } from './feed.ts';

export interface ScreenLimits {
  /** A time further ahead of our clock than this would close minutes that have not begun. Clocks differ by seconds. */
  maxAheadSeconds: number;
  /** A price this many times the last one, or that fraction of it, is a slip of the feed. */
  maxPriceMultiple: number;
}

export const screenLimits: ScreenLimits = { maxAheadSeconds: 300, maxPriceMultiple: 5 };

/** How long the last price counts, in event time: what persists longer is the market and no slip. */
const memory = 60_000_000;

/** Refuses ticks that are well formed but cannot be true, seen from those before. */
export class Screen {
  readonly #limits: ScreenLimits;
  readonly #last = new Map<string, { price: number; ts: Micros }>();

  constructor(limits: ScreenLimits = screenLimits) {
    this.#limits = limits;
  }

  /** @param live whether event times are those of our own clock, not of a recording's */
  check(tick: Tick, live: boolean): RejectReason | null {
    const { symbol, ts, price } = tick;
    if (live && ts > tick.receivedAt + this.#limits.maxAheadSeconds * 1e6) return 'time is too far ahead';
    if (price === null) return null;
    const last = this.#last.get(symbol);
    if (last && Math.abs(ts - last.ts) < memory) {
      const ratio = price / last.price;
      if (ratio > this.#limits.maxPriceMultiple || ratio * this.#limits.maxPriceMultiple < 1)
        return 'price is too far from the last';
    }
    if (last) {
      last.price = price;
      last.ts = ts;
    } else this.#last.set(symbol, { price, ts });
    return null;
  }
}
