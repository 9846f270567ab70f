import type { CandleSeries, InstrumentRow, Market, MarketFrame, TickerFields } from '#ingest/local_exchange/market.ts';
import type { Origin } from '#ingest/origin.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';

export interface Load {
  symbols: readonly string[];
  framesPerSecond: number;
  seconds: number;
  /** Minutes of candles that REST has of the time before. */
  historyMinutes: number;
  /** Whether its sockets stay open after the last frame, for who is not done then. */
  staysOpen: boolean;
}

/**
 * A simulated market under load: trades of all symbols in turn, evenly spaced, and a ticker of each symbol every second.
 * Event times are those of the wall when a frame is due.
 */
export class LoadMarket implements Market {
  readonly origin: Origin = { venue: 'sim', kind: 'simulated' };
  readonly ending = 'end of load';
  /** With the first frame. */
  readonly startsAt = 0;
  readonly instruments: readonly InstrumentRow[];
  readonly #history: Market;
  readonly #load: Load;
  readonly #sent: (frames: number) => Promise<void>;

  /** @param sent called after the last frame of the load, with their number: the market ends when it resolves */
  constructor(load: Load, sent: (frames: number) => Promise<void>) {
    this.#load = load;
    this.#sent = sent;
    this.#history = simulateMarket({ ...load, seed: 1, start: Date.now(), minutes: 0 });
    this.instruments = this.#history.instruments;
  }

  topics(): Promise<readonly string[]> {
    return this.#history.topics();
  }

  candles(instId: string, now: number): Promise<CandleSeries> {
    return this.#history.candles(instId, Math.max(now, this.#history.startsAt));
  }

  summary(instId: string, now: number): Promise<TickerFields | null> {
    return this.#history.summary(instId, now);
  }

  async *frames(): AsyncGenerator<MarketFrame, void, void> {
    const { symbols, framesPerSecond, seconds } = this.#load;
    const start = Date.now();
    const prices = await Promise.all(symbols.map((instId) => this.#lastPrice(instId)));
    const quotesEvery = Math.floor(framesPerSecond / symbols.length);
    for (let i = 0; i < framesPerSecond * seconds; i++) {
      const at = start + Math.floor((i * 1_000) / framesPerSecond);
      const of = i % symbols.length;
      const round = Math.floor(i / symbols.length);
      yield round % quotesEvery === quotesEvery - 1
        ? ticker(symbols[of], prices[of], at, i)
        : trade(symbols[of], prices[of], at, i);
    }
    await this.#sent(framesPerSecond * seconds);
  }

  async #lastPrice(instId: string): Promise<number> {
    const series = await this.#history.candles(instId, this.#history.startsAt);
    return Number(series.rowAt(series.length - 1)[4]);
  }
}

/** The last digits wander, so that no two frames are alike. */
function priceOf(base: number, i: number): string {
  return (base * (1 + ((i * 7919) % 1_000) / 1e6)).toPrecision(6);
}

function trade(instId: string, base: number, at: number, i: number): MarketFrame {
  const side = i % 3 === 0 ? 'sell' : 'buy';
  const row = { instId, tradeId: String(4_000_000_000 + i), price: plain(priceOf(base, i)), size: '3', side };
  return frame('trades', instId, at, { ...row, ts: String(at) });
}

function ticker(instId: string, base: number, at: number, i: number): MarketFrame {
  const last = plain(priceOf(base, i));
  const book = { bidPrice: last, bidSize: '12', askPrice: last, askSize: String(1 + (i % 1_000)) };
  const day = { open24h: last, high24h: last, low24h: last, volCurrency24h: '1234.5', vol24h: '123450' };
  return frame('tickers', instId, at, { instId, ts: String(at), last, ...book, ...day });
}

function frame(channel: 'trades' | 'tickers', instId: string, at: number, row: object): MarketFrame {
  return { at, channel, instId, text: JSON.stringify({ arg: { channel, instId }, data: [row] }) };
}

/** Without an exponent. */
function plain(text: string): string {
  return text.includes('e') ? Number(text).toFixed(12) : text;
}
