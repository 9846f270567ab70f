import type { MarketFrame, TickerFields } from '#ingest/local_exchange/market.ts';

const keptTrades = 100;

/** The last pushes of each instrument, for REST `/trades` and `/tickers`. Parsed only when asked for. */
export class Tape {
  readonly #trades = new Map<string, string[]>();
  readonly #tickers = new Map<string, string>();

  /** Notes a push. */
  add({ channel, instId, text }: MarketFrame): void {
    if (channel === 'tickers') {
      this.#tickers.set(instId, text);
      return;
    }
    const frames = this.#trades.get(instId);
    if (!frames) {
      this.#trades.set(instId, [text]);
      return;
    }
    frames.push(text);
    // Cut now and then instead of at every push.
    if (frames.length > 10 * keptTrades) frames.splice(0, frames.length - keptTrades);
  }

  /** The last trades, newest first. */
  trades(instId: string, limit: number): unknown[] {
    const frames = this.#trades.get(instId) ?? [];
    const rows = frames.slice(-keptTrades).flatMap((text) => pushedRows(text));
    return rows.reverse().slice(0, Math.min(limit, keptTrades));
  }

  /** The last ticker, if one was pushed. */
  ticker(instId: string): TickerFields | null {
    const text = this.#tickers.get(instId);
    return text === undefined ? null : ((pushedRows(text).at(-1) ?? null) as TickerFields | null);
  }
}

/** The rows of a push; a recorded one may be malformed. */
export function pushedRows(text: string): unknown[] {
  const { data } = JSON.parse(text) as { data: unknown };
  return Array.isArray(data) ? data : [];
}
