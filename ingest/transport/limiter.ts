import { UserError } from '#lib/errors.ts';
import { pause } from './pause.ts';

/** Raised while the exchange has suspended this address. `waitMs`: how long from now. */
export class CoolDownError extends UserError {
  readonly waitMs: number;

  constructor(cause: string, waitMs: number) {
    super(
      `${cause}; requests before its suspension ends would prolong it, so none is sent for ${Math.ceil(waitMs / 1_000)} s.`,
      'Try again after that, lower market.requestsPerMinute, or stop other programs that use the exchange from this address.',
    );
    this.name = 'CoolDownError';
    this.waitMs = waitMs;
  }
}

/**
 * One token bucket for all REST calls of the process. Blofin suspends an address for 5 minutes above 500 requests in a
 * minute and for an hour above 1,500 in five minutes, so the refill leaves room for the burst: no five minutes hold more
 * than 5 × `perMinute`.
 */
export class Limiter {
  readonly #burst: number;
  readonly #perMs: number;
  #tokens: number;
  #filledAt = performance.now();
  #queue: Promise<void> = Promise.resolve();
  #coolUntil = 0;
  #coolCause = '';

  constructor({ perMinute = 300, burst = 60 }: { perMinute?: number; burst?: number } = {}) {
    this.#burst = Math.max(1, Math.min(burst, perMinute));
    this.#perMs = (perMinute - this.#burst / 5) / 60_000;
    this.#tokens = this.#burst;
  }

  /**
   * Waits for a turn, first come, first served.
   * @throws CoolDownError while the address is suspended
   */
  take(): Promise<void> {
    const turn = this.#queue.then(() => this.#take());
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /** No request for this long, for any caller: `take` throws until then. */
  coolDown(ms: number, cause: string): CoolDownError {
    const until = performance.now() + ms;
    if (until > this.#coolUntil) {
      this.#coolUntil = until;
      this.#coolCause = cause;
    }
    return new CoolDownError(cause, ms);
  }

  async #take(): Promise<void> {
    this.#checkSuspension();
    this.#fill();
    if (this.#tokens < 1) {
      await pause((1 - this.#tokens) / this.#perMs);
      this.#checkSuspension();
      this.#fill();
    }
    this.#tokens -= 1;
  }

  #fill(): void {
    const now = performance.now();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#filledAt) * this.#perMs);
    this.#filledAt = now;
  }

  #checkSuspension(): void {
    const left = this.#coolUntil - performance.now();
    if (left > 0) throw new CoolDownError(this.#coolCause, left);
  }
}
