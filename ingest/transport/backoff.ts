/**
 * Exponential back-off with jitter: each wait is drawn from the upper half of min · 2^n, up to max, so that many clients do
 * not come back at once and none comes back at once.
 */
export class Backoff {
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #failures = 0;

  constructor(minMs: number, maxMs: number, random: () => number = Math.random) {
    this.#minMs = minMs;
    this.#maxMs = maxMs;
    this.#random = random;
  }

  /** Milliseconds to wait after one more failure. */
  next(): number {
    const ceiling = Math.min(this.#maxMs, this.#minMs * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    return ceiling * (0.5 + 0.5 * this.#random());
  }

  /** After good data: an accepted handshake alone proves nothing. */
  reset(): void {
    this.#failures = 0;
  }
}
