import { pause } from './pause.ts';

/** Lets callers pass one at a time, at least `spacingMs` apart: Blofin takes one new connection a second per address. */
export class ConnectThrottle {
  readonly #spacingMs: number;
  #nextAt = 0;

  constructor(spacingMs: number) {
    this.#spacingMs = spacingMs;
  }

  /** Waits for the caller's turn; a signal ends the wait early. */
  async turn(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + this.#spacingMs;
    if (at > now) await pause(at - now, signal);
  }
}
