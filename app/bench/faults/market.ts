import { setTimeout as sleep } from 'node:timers/promises';
import { decimalText } from '#ingest/decimal.ts';
import type {
  CandleSeries,
  CandleTuple,
  InstrumentRow,
  Market,
  MarketFrame,
  TickerFields,
} from '#ingest/local_exchange/market.ts';
import type { Origin } from '#ingest/origin.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';
import { random } from '#lib/random.ts';
import { type OwnTrade, type TrueBar, trueBar } from './true_bar.ts';

/** Mean milliseconds between two trades: from busy to one in a minute and a half, so that whole minutes pass without any. */
const usualPace = { 'BTC-USDT': 400, 'ETH-USDT': 700, 'SOL-USDT': 1_500, 'DOGE-USDT': 5_000, 'LTC-USDT': 90_000 };

export const symbols = Object.keys(usualPace) as readonly string[];

/** Of trades: so many come at the time of one before. */
export const together = 0.2;

const minuteMs = 60_000;
const dayMinutes = 1_440;

/** A market whose event times are the wall's, and which keeps each of its trades: what bars must be is known from them. */
export class WallMarket implements Market {
  readonly origin: Origin = { venue: 'sim', kind: 'simulated' };
  readonly ending = 'end of market';
  readonly startsAt = Date.now();
  readonly instruments: readonly InstrumentRow[];
  readonly #lines: Map<string, Line>;
  readonly #random = random(this.startsAt);
  readonly #pace: Readonly<Record<string, number>>;
  #ids = 4_000_000_000;

  private constructor(
    instruments: readonly InstrumentRow[],
    history: CandleTuple[][],
    pace: Readonly<Record<string, number>>,
  ) {
    this.instruments = instruments;
    this.#pace = pace;
    this.#lines = new Map(instruments.map((row, i) => [row.instId, new Line(row, history[i])]));
  }

  /**
   * With so many minutes of history before now.
   * @param pace mean milliseconds between two trades of each symbol
   */
  static async open(historyMinutes: number, pace: Readonly<Record<string, number>> = usualPace): Promise<WallMarket> {
    const start = Date.now();
    const names = Object.keys(pace);
    const before = simulateMarket({ symbols: names, seed: 1, start, historyMinutes, minutes: 0 });
    const history = names.map(async (instId) => {
      const series = await before.candles(instId, before.startsAt);
      return Array.from({ length: series.length }, (_, i) => series.rowAt(i));
    });
    return new WallMarket(before.instruments, await Promise.all(history), pace);
  }

  async topics(): Promise<readonly string[]> {
    return [];
  }

  /** Without an end. */
  async *frames(): AsyncGenerator<MarketFrame, void, void> {
    const { uniform } = this.#random;
    const wait = (mean: number) => Math.ceil(-mean * Math.log(1 - uniform()));
    const due = [...this.#lines.values()].flatMap((line, i) => [
      { line, channel: 'trades' as const, at: this.startsAt + wait(this.#pace[line.instId]) },
      { line, channel: 'tickers' as const, at: this.startsAt + 137 * i },
    ]);
    for (;;) {
      const next = due.reduce((first, each) => (each.at < first.at ? each : first));
      const { line, channel, at } = next;
      // What has not happened yet is not made yet: REST and the bars of truth know only what has.
      const early = at - Date.now();
      if (early > 0) await sleep(early);
      if (channel === 'tickers') {
        yield line.ticker(at);
        next.at += 1_000;
        continue;
      }
      this.#ids += 1 + Math.floor(3 * uniform());
      yield line.trade({
        ...{ ts: at, id: String(this.#ids), move: Math.round(3 * this.#random.normal()) },
        ...{ lots: 1 + Math.floor(40 * uniform()), side: uniform() < 0.5 ? 'sell' : 'buy' },
      });
      // One in five takes more than one order of the book: several trades of one millisecond.
      if (uniform() > together) next.at += wait(this.#pace[line.instId]);
    }
  }

  async candles(instId: string, now: number): Promise<CandleSeries> {
    return this.#lines.get(instId)!.candles(now);
  }

  async summary(instId: string, now: number): Promise<TickerFields | null> {
    return this.#lines.get(instId)!.fields(now);
  }

  /** The bar of a minute (bar-open time in milliseconds) as this market has it; undefined before its history. */
  barOf(instId: string, minute: number): TrueBar | undefined {
    return this.#lines.get(instId)!.barOf(minute);
  }

  /** The trades of that minute; none of the history's are known. */
  tradesOf(instId: string, minute: number): readonly OwnTrade[] {
    return this.#lines.get(instId)!.tradesOf(minute);
  }
}

/** One instrument. */
class Line {
  readonly instId: string;
  /** One contract is 10^this base coins. */
  readonly #power: number;
  readonly #places: number;
  readonly #history: CandleTuple[];
  readonly #firstMinute: number;
  /** By minute. */
  readonly #trades = new Map<number, OwnTrade[]>();
  #ticks: number;
  /** Contracts of all own trades, and of the history's within a day of this minute. */
  #ownLots = 0;
  #before = { minute: Number.NaN, lots: 0 };

  constructor({ instId, contractValue, tickSize }: InstrumentRow, history: CandleTuple[]) {
    this.instId = instId;
    this.#power = Math.round(Math.log10(Number(contractValue)));
    this.#places = tickSize!.includes('.') ? tickSize!.split('.')[1].length : 0;
    this.#history = history;
    this.#firstMinute = Number(history.at(-1)![0]) + minuteMs;
    this.#ticks = Math.round(Number(history.at(-1)![4]) * 10 ** this.#places);
  }

  trade(made: { ts: number; id: string; move: number; lots: number; side: 'buy' | 'sell' }): MarketFrame {
    this.#ticks = Math.max(100, this.#ticks + made.move);
    const { ts, id, lots, side } = made;
    const price = this.#price(this.#ticks);
    const minute = Math.floor(ts / minuteMs) * minuteMs;
    const own = { ts, side, price: Number(price), size: Number(decimalText(lots, this.#power)), lots };
    const others = this.#trades.get(minute);
    if (others) others.push(own);
    else this.#trades.set(minute, [own]);
    this.#ownLots += lots;
    return this.#frame('trades', ts, { tradeId: id, price, size: String(lots), side, ts: String(ts) });
  }

  ticker(ts: number): MarketFrame {
    return this.#frame('tickers', ts, this.fields(ts));
  }

  fields(ts: number): TickerFields {
    const last = this.#price(this.#ticks);
    const book = { bidPrice: this.#price(this.#ticks - 1), bidSize: '12', askPrice: last, askSize: '7' };
    const lots = this.#dayLots(ts);
    const day = { volCurrency24h: decimalText(lots, this.#power), vol24h: String(lots) };
    return { instId: this.instId, ts: String(ts), last, ...book, ...day };
  }

  candles(now: number): CandleSeries {
    const own = Math.max(0, Math.floor((now - this.#firstMinute) / minuteMs));
    const timeAt = (i: number) => Number(this.#history[0][0]) + i * minuteMs;
    const before = this.#history.length;
    return {
      length: before + own + 1,
      timeAt,
      rowAt: (i) => (i < before ? this.#history[i] : this.#row(timeAt(i), i < before + own ? '1' : '0')),
    };
  }

  barOf(minute: number): TrueBar | undefined {
    const row = this.#history[(minute - Number(this.#history[0][0])) / minuteMs];
    if (row) {
      const [, open, high, low, close, , volume] = row.map(Number);
      return { open, high, low, close, volume, lots: Number(row[5]), trades: undefined };
    }
    return minute < this.#firstMinute ? undefined : trueBar(this.tradesOf(minute), this.#closeBefore(minute));
  }

  tradesOf(minute: number): readonly OwnTrade[] {
    return this.#trades.get(minute) ?? [];
  }

  #closeBefore(minute: number): number {
    for (let before = minute - minuteMs; before >= this.#firstMinute; before -= minuteMs) {
      const trades = this.#trades.get(before);
      if (trades) return trades.at(-1)!.price;
    }
    return Number(this.#history.at(-1)![4]);
  }

  #row(minute: number, confirm: '0' | '1'): CandleTuple {
    const { open, high, low, close, lots } = this.barOf(minute)!;
    const [o, h, l, c] = [open, high, low, close].map((price) => price.toFixed(this.#places));
    return [String(minute), o, h, l, c, String(lots), decimalText(lots, this.#power), '', confirm];
  }

  /** Of 1,440 whole minutes and what has passed of this one: also without a trade it is another one each minute. */
  #dayLots(now: number): number {
    const minute = Math.floor(now / minuteMs) * minuteMs;
    if (this.#before.minute !== minute) {
      const lots = this.#history
        .filter(([ts]) => Number(ts) >= minute - dayMinutes * minuteMs)
        .reduce((sum, row) => sum + Number(row[5]), 0);
      this.#before = { minute, lots };
    }
    return Math.round(this.#before.lots + this.#ownLots);
  }

  #price(ticks: number): string {
    return (ticks / 10 ** this.#places).toFixed(this.#places);
  }

  #frame(channel: 'trades' | 'tickers', at: number, row: object): MarketFrame {
    const { instId } = this;
    return { at, channel, instId, text: JSON.stringify({ arg: { channel, instId }, data: [{ instId, ...row }] }) };
  }
}
