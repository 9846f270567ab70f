import type { Tick } from '#ingest/feed.ts';
import type { Micros } from '#lib/time.ts';

/** How a symbol's stream is: its newest event, how late it came, ticks a second over the last minute. */
export interface Pulse {
  newest: Micros;
  lag_ms: number;
  rate: number;
}

/** Looks that a rate is taken over. */
const looks = 30;

/** Follows the streams of all symbols; cheap enough for every tick. */
export class SymbolPulse {
  readonly #seen = new Map<string, { newest: Micros; lag: Micros; ticks: number }>();
  /** Ticks so far of each symbol at the last looks, and when. */
  readonly #history: { at: number; ticks: Map<string, number> }[] = [];

  saw({ symbol, ts, receivedAt }: Tick): void {
    const seen = this.#seen.get(symbol);
    if (!seen) {
      this.#seen.set(symbol, { newest: ts, lag: receivedAt - ts, ticks: 1 });
      return;
    }
    seen.ticks += 1;
    seen.lag = receivedAt - ts;
    if (ts > seen.newest) seen.newest = ts;
  }

  /** To be called every two seconds: the rates are over the last 30 calls. */
  read(now: number = performance.now()): Record<string, Pulse> {
    const ticks = new Map([...this.#seen].map(([symbol, seen]) => [symbol, seen.ticks]));
    this.#history.push({ at: now, ticks });
    if (this.#history.length > looks) this.#history.shift();
    const [first] = this.#history;
    const seconds = (now - first.at) / 1_000;
    const pulses: Record<string, Pulse> = {};
    for (const [symbol, seen] of this.#seen) {
      const rate = seconds > 0 ? (seen.ticks - (first.ticks.get(symbol) ?? 0)) / seconds : 0;
      pulses[symbol] = { newest: seen.newest, lag_ms: seen.lag / 1_000, rate };
    }
    return pulses;
  }
}
