import type { Micros } from '#lib/time.ts';

/** Length of one look, in microseconds. */
const look = 10_000_000;
/** Our clock is not taken to be later than the venue's by more than this. */
const clockError = 5_000_000;
/** Between two alarms: where a new connection is as late as the old one, it is not the connection. */
const patience = 600_000_000;

/**
 * Notices a stream that runs behind: complete and in order, but seconds late, while others are not. Late means later than
 * the least delay that any connection of the feed ever had, so that neither a wrong clock nor a recording's old times
 * count.
 */
export class LagWatch {
  readonly #maxLag: Micros;
  readonly #live: boolean;
  #least = Number.POSITIVE_INFINITY;
  #alarmedAt = Number.NEGATIVE_INFINITY;

  constructor(maxLagMs: number, live: boolean) {
    this.#maxLag = maxLagMs * 1_000;
    this.#live = live;
  }

  /** The watch of one connection: `saw` returns by how many seconds the stream is late, once that is certain. */
  connection(): { saw(ts: Micros, receivedAt: Micros): number | null } {
    let since: Micros | undefined;
    let least = Number.POSITIVE_INFINITY;
    return {
      saw: (ts, receivedAt) => {
        const lag = receivedAt - ts;
        if (lag < least) least = lag;
        since ??= receivedAt;
        if (receivedAt - since < look) return null;
        const late = least - this.#baseline(least);
        since = receivedAt;
        least = Number.POSITIVE_INFINITY;
        if (late <= this.#maxLag || receivedAt - this.#alarmedAt < patience) return null;
        this.#alarmedAt = receivedAt;
        return late / 1e6;
      },
    };
  }

  #baseline(lag: Micros): Micros {
    if (lag < this.#least) this.#least = lag;
    return this.#live ? Math.min(this.#least, clockError) : this.#least;
  }
}
