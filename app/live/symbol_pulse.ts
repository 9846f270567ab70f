import type { Tick } from '#ingest/feed.ts';
import type { Pulse } from '#jobs/live_state.ts';
import { floorMinute, type Micros, minute } from '#lib/time.ts';

/** Looks that a rate is taken over. */
const looks = 30;
/** A silence that a symbol which goes on trading as before would keep so seldom is one no more. */
const unlikely = 1e-4;

interface Seen {
  newest: Micros;
  trade: Micros | null;
  quote: Micros | null;
  lag: Micros;
  ticks: number;
  /** The first minute with a trade, and how many had one since. */
  firstMinute: Micros;
  tradedMinutes: number;
}

/** Follows the streams of all symbols; cheap enough for every tick. */
export class SymbolPulse {
  readonly #seen = new Map<string, Seen>();
  /** Ticks so far of each symbol at the last looks, and when. */
  readonly #history: { at: number; ticks: Map<string, number> }[] = [];

  saw({ symbol, kind, ts, receivedAt }: Tick): void {
    let seen = this.#seen.get(symbol);
    if (!seen) {
      seen = { newest: ts, trade: null, quote: null, lag: 0, ticks: 0, firstMinute: 0, tradedMinutes: 0 };
      this.#seen.set(symbol, seen);
    }
    seen.ticks += 1;
    seen.lag = receivedAt - ts;
    if (ts > seen.newest) seen.newest = ts;
    if (kind === 'trade') traded(seen, ts);
    else if (seen.quote === null || ts > seen.quote) seen.quote = ts;
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
      const { newest, trade, quote } = seen;
      pulses[symbol] = { newest, trade, quote, lag_ms: seen.lag / 1_000, rate, trades_quiet_seconds: quietAfter(seen) };
    }
    return pulses;
  }
}

function traded(seen: Seen, ts: Micros): void {
  const at = floorMinute(ts);
  if (seen.trade === null) seen.firstMinute = at;
  if (seen.trade === null || at > floorMinute(seen.trade)) seen.tradedMinutes += 1;
  if (seen.trade === null || ts > seen.trade) seen.trade = ts;
}

/**
 * Goes by the share of minutes that had a trade, since trades come in bursts: a minute without one has the probability of the
 * others. A symbol that has shown little is taken for a quiet one.
 */
function quietAfter({ trade, firstMinute, tradedMinutes }: Seen): number | null {
  if (trade === null) return null;
  const share = tradedMinutes / ((floorMinute(trade) - firstMinute) / minute + 2);
  return Math.ceil((60 * Math.log(unlikely)) / Math.log(1 - share));
}
