import { floorMinute, type Micros, type MinuteRange, minute } from '#lib/time.ts';

/**
 * Tells which minutes of a venue can be closed. A minute is due once the venue's newest event is `grace` past its end. A
 * tick for a minute before the open one makes that minute due (again), `grace` later on the market's clock, so that
 * a source which lags costs one request per `grace` and not one per tick.
 */
export class MinuteClock {
  readonly #grace: Micros;
  #open: Micros | undefined;
  #newest: Micros = 0;
  /** Minutes to close again, and when. */
  readonly #late = new Map<Micros, Micros>();

  constructor(grace: Micros = 2_000_000) {
    this.#grace = grace;
  }

  /** The time of the newest event: the market's own clock. */
  get newest(): Micros {
    return this.#newest;
  }

  saw(ts: Micros): void {
    const start = floorMinute(ts);
    if (ts > this.#newest) this.#newest = ts;
    if (this.#open === undefined) this.#open = start;
    else if (start < this.#open) this.again(ts);
  }

  /** What is known of the minute of `ts` has changed: it is closed again, unless it is still open. */
  again(ts: Micros): void {
    const start = floorMinute(ts);
    if (!this.#late.has(start)) this.#late.set(start, this.#newest + this.#grace);
  }

  /** The minutes due since the last call, late ones first; empty most of the time. */
  due(): MinuteRange[] {
    return this.#take(floorMinute(this.#newest - this.#grace), this.#newest);
  }

  /** What is still open, at the end of a recording. */
  rest(): MinuteRange[] {
    return this.#take(floorMinute(this.#newest) + minute, Number.POSITIVE_INFINITY);
  }

  #take(to: Micros, now: Micros): MinuteRange[] {
    const ready = [...this.#late].filter(([, at]) => at <= now).map(([start]) => start);
    for (const start of ready) this.#late.delete(start);
    // What is open will be closed in its turn.
    const ranges = contiguous(ready.filter((start) => this.#open === undefined || start < this.#open));
    if (this.#open !== undefined && to > this.#open) {
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
