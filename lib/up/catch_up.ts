import type { MarketEvent, Micros } from '#ingest/feed.ts';
import { type MinuteRange, minute } from '#ingest/minutes.ts';
import { reasonOf } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';

/** Fetches the minutes around the beginning of a connection once a whole minute after it has been closed. */
export class CatchUp {
  readonly #fetch: (minutes: number) => Promise<unknown>;
  readonly #log: Logger;
  #since: Micros | undefined;
  #fresh = true;
  #newest = 0;

  constructor(fetch: (minutes: number) => Promise<unknown>, log: Logger) {
    this.#fetch = fetch;
    this.#log = log;
  }

  saw(event: MarketEvent): void {
    if (event.type === 'disconnected') {
      this.#since ??= this.#newest;
      this.#fresh = true;
      return;
    }
    if (event.type !== 'tick') return;
    if (this.#fresh) {
      this.#fresh = false;
      // Without an earlier tick the history ended minutes before: ten are more than a start takes.
      this.#since = this.#since ? this.#since : event.tick.ts - 10 * minute;
    }
    this.#newest = Math.max(this.#newest, event.tick.ts);
  }

  /** To be called with every range of minutes that is handed to the closer. */
  closed(ranges: MinuteRange[]): void {
    const to = Math.max(...ranges.map((range) => range.to));
    if (this.#since === undefined || this.#fresh || to - this.#since < 2 * minute) return;
    const minutes = Math.ceil((this.#newest - this.#since) / minute) + 2;
    const since = this.#since;
    this.#since = undefined;
    this.#fetch(minutes).catch((error) => {
      this.#since ??= since;
      this.#log.warn({ reason: reasonOf(error), minutes }, 'minutes around a connection not fetched; trying again');
    });
  }
}
