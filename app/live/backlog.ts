import type { FeedState } from '#jobs/live_state.ts';

export interface Waiting {
  /** Ticks that QuestDB has not acknowledged, in memory and on disk. */
  ticks: number;
  spoolBytes: number;
  /** Receipt of the oldest of them, in milliseconds; undefined where none waits. */
  since: number | undefined;
}

/** The rates are those of so long. */
const windowMs = 30_000;

/** How far the store is behind the feed, and where that leads: rates of what waits, from one publication to the next. */
export class Backlog {
  readonly #spoolLimit: number;
  readonly #seen: { at: number; ticks: number; spoolBytes: number }[] = [];

  /** @param spoolLimit bytes that the spool may take */
  constructor(spoolLimit: number) {
    this.#spoolLimit = spoolLimit;
  }

  read({ ticks, spoolBytes, since }: Waiting, now = Date.now()): FeedState['backlog'] {
    while (this.#seen.length > 0 && this.#seen[0].at < now - windowMs) this.#seen.shift();
    this.#seen.push({ at: now, ticks, spoolBytes });
    const [oldest] = this.#seen;
    const seconds = (now - oldest.at) / 1_000;
    const rate = (grown: number) => (seconds > 0 ? grown / seconds : 0);
    const bytesPerSecond = rate(spoolBytes - oldest.spoolBytes);
    const room = Math.max(0, this.#spoolLimit - spoolBytes);
    return {
      behind_seconds: since === undefined ? 0 : Math.max(0, (now - since) / 1_000),
      ticks_per_second: rate(ticks - oldest.ticks),
      spool_full_seconds: bytesPerSecond > 0 ? room / bytesPerSecond : null,
    };
  }
}
