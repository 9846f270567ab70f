import type { Micros } from './feed.ts';

export const minute = 60_000_000;

/** Whole minutes, `to` exclusive. */
export interface MinuteRange {
  from: Micros;
  to: Micros;
}

export function floorMinute(ts: Micros): Micros {
  return Math.floor(ts / minute) * minute;
}

/**
 * Tells which minutes of a venue can be closed. A minute is due once the venue's newest event is `grace` past its end; a
 * tick for a minute that was handed out already makes that minute due again.
 */
export class MinuteClock {
  readonly #grace: Micros;
  #open: Micros | undefined;
  #newest: Micros = 0;
  #late = new Set<Micros>();

  constructor(grace: Micros = 2_000_000) {
    this.#grace = grace;
  }

  /** The time of the newest event: the market's own clock. */
  get newest(): Micros {
    return this.#newest;
  }

  saw(ts: Micros): void {
    const start = floorMinute(ts);
    // Before the first hand-out an older tick just moves the beginning back.
    if (this.#open === undefined) this.#open = start;
    else if (start < this.#open) this.#late.add(start);
    if (ts > this.#newest) this.#newest = ts;
  }

  /** Time passed without an event; for a live market, whose clock is the wall's. */
  passed(now: Micros): void {
    if (this.#open !== undefined && now > this.#newest) this.#newest = now;
  }

  /** The minutes due since the last call, late ones first; empty most of the time. */
  due(): MinuteRange[] {
    return this.#take(floorMinute(this.#newest - this.#grace));
  }

  /** What is still open, at the end of a recording. */
  rest(): MinuteRange[] {
    return this.#take(floorMinute(this.#newest) + minute);
  }

  #take(to: Micros): MinuteRange[] {
    if (this.#open === undefined) return [];
    const ranges = contiguous([...this.#late]);
    this.#late.clear();
    if (to > this.#open) {
      ranges.push({ from: this.#open, to });
      this.#open = to;
    }
    return ranges;
  }
}

function contiguous(minutes: Micros[]): MinuteRange[] {
  const ranges: MinuteRange[] = [];
  for (const from of minutes.sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last.to === from) last.to = from + minute;
    else ranges.push({ from, to: from + minute });
  }
  return ranges;
}
