import { UserError } from '#lib/errors.ts';
import type { CoolDownFile } from './cool_down_file.ts';
import { pause } from './pause.ts';

/** No venue bans an address for longer (Binance: up to three days); what says so is not to be believed. */
export const longestSuspensionMs = 3 * 86_400_000;

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

export interface LimiterOptions {
  perMinute?: number;
  burst?: number;
  /** Where suspensions are remembered, so that a command started within one does not ask either. */
  memory?: CoolDownFile;
  /** Given: suspensions are waited out, and this is called with each wait before it begins. For long work. */
  onWait?: (waitMs: number, cause: string) => void;
}

/**
 * One token bucket for all REST calls of the process. Blofin suspends an address for 5 minutes above 500 requests in a
 * minute and for an hour above 1,500 in five minutes, so the refill leaves room for the burst: no five minutes hold more
 * than 5 × `perMinute`.
 */
export class Limiter {
  readonly #burst: number;
  readonly #perMs: number;
  readonly #memory: CoolDownFile | undefined;
  readonly #onWait: LimiterOptions['onWait'];
  #tokens: number;
  #filledAt = performance.now();
  #queue: Promise<void> = Promise.resolve();
  #coolUntil = 0;
  #coolCause = '';

  /** @throws UserError when the memory of suspensions cannot be read */
  constructor({ perMinute = 300, burst = 60, memory, onWait }: LimiterOptions = {}) {
    this.#burst = Math.max(1, Math.min(burst, perMinute));
    this.#perMs = (perMinute - this.#burst / 5) / 60_000;
    this.#tokens = this.#burst;
    this.#memory = memory;
    this.#onWait = onWait;
    const known = memory?.read();
    if (!known) return;
    const leftMs = Math.min(known.leftMs, longestSuspensionMs);
    this.#suspend(leftMs, known.cause);
    // Else each start would begin it anew.
    if (known.leftMs > leftMs) memory?.write(leftMs, known.cause);
  }

  /** Whether it waits out suspensions. */
  get patient(): boolean {
    return this.#onWait !== undefined;
  }

  /**
   * Waits for a turn, first come, first served.
   * @throws CoolDownError while the address is suspended, unless the limiter is patient
   */
  take(): Promise<void> {
    const turn = this.#queue.then(() => this.#take());
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /**
   * No request for this long, or `longestSuspensionMs` if that is shorter, for any caller: `take` throws until then, or waits.
   * @throws UserError when the memory of suspensions cannot be written
   */
  coolDown(ms: number, cause: string): CoolDownError {
    const bounded = Math.min(ms, longestSuspensionMs);
    if (this.#suspend(bounded, cause)) this.#memory?.write(bounded, cause);
    return new CoolDownError(cause, bounded);
  }

  #suspend(ms: number, cause: string): boolean {
    const until = performance.now() + ms;
    if (until <= this.#coolUntil) return false;
    this.#coolUntil = until;
    this.#coolCause = cause;
    return true;
  }

  async #take(): Promise<void> {
    await this.#passSuspension();
    for (this.#fill(); this.#tokens < 1; this.#fill()) {
      await pause((1 - this.#tokens) / this.#perMs);
      await this.#passSuspension();
    }
    this.#tokens -= 1;
  }

  #fill(): void {
    const now = performance.now();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#filledAt) * this.#perMs);
    this.#filledAt = now;
  }

  async #passSuspension(): Promise<void> {
    for (let left = this.#left(); left > 0; left = this.#left()) {
      if (!this.#onWait) throw new CoolDownError(this.#coolCause, left);
      this.#onWait(left, this.#coolCause);
      // Timers count whole milliseconds: what is left of one is dropped from the wait, and another from its beginning. A
      // request within the suspension would prolong it.
      await pause(Math.ceil(left) + 1);
    }
  }

  #left(): number {
    return this.#coolUntil - performance.now();
  }
}
