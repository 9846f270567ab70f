import { decimalText } from '#ingest/decimal.ts';
import type { CandleSeries, CandleTuple } from '#ingest/local_exchange/market.ts';
import { type PathState, type SimulatedInstrument, type SimulatedTrade, simulateMinute } from './simulated_minute.ts';

const minuteMs = 60_000;
/** Trades are kept for this many minutes; of older ones only the candle. */
const keptMinutes = 3;

/** A candle in whole ticks and lots, so that sums are exact. `turnover`: Σ ticks × lots. */
interface Bar {
  open: number;
  high: number;
  low: number;
  close: number;
  lots: number;
  turnover: number;
}

/** What the last 24 hours were: prices as decimal text, volume in lots. */
export interface Day {
  open: string;
  high: string;
  low: string;
  lots: number;
}

/** One instrument's path, simulated minute by minute as far as someone asks. */
export class SimulatedPath {
  readonly instrument: SimulatedInstrument;
  readonly #seed: number;
  readonly #firstMinute: number;
  readonly #bars: Bar[] = [];
  readonly #trades = new Map<number, SimulatedTrade[]>();
  #state: PathState;

  constructor(instrument: SimulatedInstrument, firstMinute: number, seed: number) {
    this.instrument = instrument;
    this.#firstMinute = firstMinute;
    this.#seed = seed;
    this.#state = { logPrice: Math.log(instrument.startPrice), volatility: 0, activity: 0 };
  }

  /** The trades of a minute among the newest ones, in order of time. */
  trades(minute: number): SimulatedTrade[] {
    this.#advance(minute);
    const trades = this.#trades.get(minute);
    if (!trades) throw new RangeError(`the trades of minute ${minute} are no longer kept`);
    return trades;
  }

  /** Price in ticks before the first trade of a minute. */
  ticksBefore(minute: number): number {
    this.#advance(minute - 1);
    const bar = this.#bars[minute - 1 - this.#firstMinute];
    return bar ? bar.close : Math.round(this.instrument.startPrice / 10 ** this.instrument.tickPower);
  }

  /** The 1,440 minutes before this one, or as many as there are; null when there are none. */
  day(minute: number): Day | null {
    this.#advance(minute - 1);
    const end = minute - this.#firstMinute;
    const bars = this.#bars.slice(Math.max(0, end - 1_440), Math.max(0, end));
    if (bars.length === 0) return null;
    const high = bars.reduce((most, bar) => Math.max(most, bar.high), 0);
    const low = bars.reduce((least, bar) => Math.min(least, bar.low), Infinity);
    const lots = bars.reduce((sum, bar) => sum + bar.lots, 0);
    return { open: this.price(bars[0].open), high: this.price(high), low: this.price(low), lots };
  }

  /** The candles as of `now` (milliseconds); the last one is of the running minute if that has traded. */
  candles(now: number): CandleSeries {
    const running = Math.floor(now / minuteMs);
    this.#advance(running - 1);
    const closed = running - this.#firstMinute;
    const soFar = this.#trades.get(running)?.filter((trade) => trade.ts <= now) ?? [];
    return {
      length: closed + (soFar.length > 0 ? 1 : 0),
      timeAt: (i) => (this.#firstMinute + i) * minuteMs,
      rowAt: (i) => (i < closed ? this.#row(i, this.#bars[i], '1') : this.#row(i, barOf(soFar), '0')),
    };
  }

  /** Ticks as a price, lots as contracts, lots as base coin: plain decimal text. */
  price(ticks: number): string {
    return decimalText(ticks, this.instrument.tickPower);
  }

  contracts(lots: number): string {
    return decimalText(lots, this.instrument.lotPower);
  }

  base(lots: number): string {
    return decimalText(lots, this.instrument.lotPower + this.instrument.contractPower);
  }

  #row(i: number, bar: Bar, confirm: '0' | '1'): CandleTuple {
    const { tickPower, lotPower, contractPower } = this.instrument;
    const ts = String((this.#firstMinute + i) * minuteMs);
    const prices = [bar.open, bar.high, bar.low, bar.close].map((ticks) => this.price(ticks));
    const [open, high, low, close] = prices;
    const quote = decimalText(bar.turnover, tickPower + lotPower + contractPower);
    return [ts, open, high, low, close, this.contracts(bar.lots), this.base(bar.lots), quote, confirm];
  }

  #advance(minute: number): void {
    for (let next = this.#firstMinute + this.#bars.length; next <= minute; next++) {
      const { trades, after } = simulateMinute(this.instrument, this.#state, next, this.#seed);
      this.#state = after;
      this.#bars.push(barOf(trades));
      this.#trades.set(next, trades);
      this.#trades.delete(next - keptMinutes);
    }
  }
}

function barOf(trades: SimulatedTrade[]): Bar {
  const { ticks: open } = trades[0];
  const bar = { open, high: open, low: open, close: open, lots: 0, turnover: 0 };
  for (const { ticks, lots } of trades) {
    bar.high = Math.max(bar.high, ticks);
    bar.low = Math.min(bar.low, ticks);
    bar.close = ticks;
    bar.lots += lots;
    bar.turnover += ticks * lots;
  }
  return bar;
}
