import type { BoundedGap } from './minutes.ts';

/** What is known of a gap on its way. Times are those of `performance.now()`. */
export interface Attempts {
  knownAt: number;
  /** Its trades are beyond reach, or are not to be had. */
  tradesTried: boolean;
  /** How often the exchange has answered about its minutes. */
  answers: number;
  failures: number;
  notBefore: number;
}

/** Remembers what was tried with each gap that is not healed. A gap is never given up: the waits between tries grow. */
export class HealAttempts {
  readonly #retryMs: number;
  readonly #retryMaxMs: number;
  readonly #of = new Map<string, Attempts>();

  /** Waits after a failure, in milliseconds: the first, doubled each time up to the other. */
  constructor({ retryMs, retryMaxMs }: { retryMs: number; retryMaxMs: number }) {
    this.#retryMs = retryMs;
    this.#retryMaxMs = retryMaxMs;
  }

  /** These are all that is left to heal. */
  keep(gaps: readonly BoundedGap[]): void {
    const ids = new Set(gaps.map((gap) => gap.id));
    for (const id of this.#of.keys()) if (!ids.has(id)) this.#of.delete(id);
    const fresh = { tradesTried: false, answers: 0, failures: 0, notBefore: 0 };
    for (const id of ids) if (!this.#of.has(id)) this.#of.set(id, { ...fresh, knownAt: performance.now() });
  }

  of(gap: BoundedGap): Attempts {
    return this.#of.get(gap.id)!;
  }

  /**
   * Trades cannot wait for another try, so the gap's minutes are next.
   * @returns how long to wait until then, in milliseconds
   */
  failed(gap: BoundedGap): number {
    const attempts = this.of(gap);
    attempts.tradesTried = true;
    const wait = Math.min(this.#retryMaxMs, this.#retryMs * 2 ** attempts.failures++);
    attempts.notBefore = performance.now() + wait;
    return wait;
  }
}
