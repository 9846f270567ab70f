import { decimalText } from '#ingest/decimal.ts';
import {
  type CandleSeries,
  type InstrumentRow,
  instrumentRow,
  type Market,
  type MarketFrame,
  noCandles,
  type TickerFields,
} from '#ingest/local_exchange/market.ts';
import type { Origin } from '#ingest/origin.ts';
import { UserError } from '#lib/errors.ts';
import { random } from '#lib/random.ts';
import type { SimulatedInstrument } from './simulated_minute.ts';
import { type Day, SimulatedPath } from './simulated_path.ts';

export interface SimulationOptions {
  symbols: readonly string[];
  seed: number;
  /** Market time at which live trading starts (milliseconds, taken down to the minute). Default: now. */
  start?: number;
  /** Minutes of candles before the start. */
  historyMinutes?: number;
  /** Minutes of live trading. Default: no end. */
  minutes?: number;
}

const minuteMs = 60_000;

/**
 * A seeded market that is no one's: venue `sim`. Prices from 10^5 down to 10^−5 over the symbols, with contract values and
 * lot sizes to match. The candle of a minute is exactly the sum of the trades pushed in it.
 * @throws UserError without symbols
 */
export function simulateMarket(options: SimulationOptions): Market {
  if (options.symbols.length === 0) throw new UserError('A simulated market needs symbols.', 'Set market.symbols.');
  return new SimulatedMarket(options);
}

class SimulatedMarket implements Market {
  readonly origin: Origin = { venue: 'sim', kind: 'simulated' };
  readonly ending = 'end of simulation';
  readonly startsAt: number;
  readonly instruments: readonly InstrumentRow[];
  readonly #paths: Map<string, SimulatedPath>;
  readonly #seed: number;
  readonly #minutes: number;

  constructor({ symbols, seed, start = Date.now(), historyMinutes = 1_440, minutes = Infinity }: SimulationOptions) {
    const startMinute = Math.floor(start / minuteMs);
    this.startsAt = startMinute * minuteMs;
    this.#seed = seed;
    this.#minutes = minutes;
    const instruments = symbols.map((instId, index) => design(instId, index, symbols.length, seed));
    this.#paths = new Map(
      instruments.map((instrument) => [
        instrument.instId,
        new SimulatedPath(instrument, startMinute - historyMinutes, seed),
      ]),
    );
    this.instruments = instruments.map(({ instId, tickPower, lotPower, contractPower }) => {
      const lotSize = decimalText(1, lotPower);
      const sizes = { tickSize: decimalText(1, tickPower), lotSize, minSize: lotSize };
      return instrumentRow(instId, decimalText(1, contractPower), sizes);
    });
  }

  async topics(): Promise<readonly string[]> {
    return [];
  }

  async *frames(): AsyncGenerator<MarketFrame, void, void> {
    const first = this.startsAt / minuteMs;
    for (let minute = first; minute < first + this.#minutes; minute++) {
      const frames = [...this.#paths.values()].flatMap((path) => [
        ...tradeFrames(path, minute),
        ...tickerFrames(path, minute, this.#seed),
      ]);
      // Stable: a trade goes before the ticker of its millisecond, and trades of one millisecond keep their order.
      yield* frames.sort((a, b) => a.at - b.at);
    }
  }

  async candles(instId: string, now: number): Promise<CandleSeries> {
    return this.#paths.get(instId)?.candles(now) ?? noCandles;
  }

  async summary(instId: string, now: number): Promise<TickerFields | null> {
    const path = this.#paths.get(instId);
    if (!path) return null;
    const minute = Math.floor(now / minuteMs);
    return tickerFields(path, now, path.ticksBefore(minute), path.day(minute), this.#seed);
  }
}

/** Spreads the symbols evenly over ten decades of price; one contract is worth 3 to 30 of the quote coin. */
function design(instId: string, index: number, count: number, seed: number): SimulatedInstrument {
  const { uniform } = random(seed, index);
  const decade = 5 - (count > 1 ? (10 * index) / (count - 1) : 0);
  const startPrice = 10 ** decade * (0.8 + 0.4 * uniform());
  const tickPower = Math.floor(decade) - 4;
  const lotPower = index % 2 === 0 ? -1 : 0;
  const contractPower = 1 - Math.round(decade);
  const typicalLots = (20 + 60 * uniform()) * 10 ** -lotPower;
  return { index, instId, startPrice, tickPower, lotPower, contractPower, typicalLots };
}

function tradeFrames(path: SimulatedPath, minute: number): MarketFrame[] {
  const { instId } = path.instrument;
  return path.trades(minute).map(({ ts, id, ticks, lots, side }) => {
    const row = { instId, tradeId: id, price: path.price(ticks), size: path.contracts(lots), side, ts: String(ts) };
    return frame('trades', instId, ts, row);
  });
}

/** One a second, at the instrument's own millisecond. */
function tickerFrames(path: SimulatedPath, minute: number, seed: number): MarketFrame[] {
  const { instId, index } = path.instrument;
  const trades = path.trades(minute);
  const offset = (index * 137) % 1_000;
  let ticks = path.ticksBefore(minute);
  const day = path.day(minute);
  let next = 0;
  return Array.from({ length: 60 }, (_, second) => {
    const ts = minute * minuteMs + second * 1_000 + offset;
    while (next < trades.length && trades[next].ts <= ts) ticks = trades[next++].ticks;
    return frame('tickers', instId, ts, tickerFields(path, ts, ticks, day, seed));
  });
}

function tickerFields(path: SimulatedPath, ts: number, ticks: number, day: Day | null, seed: number): TickerFields {
  const { uniform } = random(seed, path.instrument.index, ts);
  const lots = () => Math.ceil(path.instrument.typicalLots * 10 * uniform());
  const bid = uniform() < 0.5 ? ticks : ticks - 1;
  return {
    ...{ instId: path.instrument.instId, ts: String(ts), last: path.price(ticks) },
    ...{ bidPrice: path.price(bid), bidSize: path.contracts(lots()) },
    ...{ askPrice: path.price(bid + 1), askSize: path.contracts(lots()) },
    ...(day && { open24h: day.open, high24h: day.high, low24h: day.low }),
    ...(day && { volCurrency24h: path.base(day.lots), vol24h: path.contracts(day.lots) }),
  };
}

function frame(channel: 'trades' | 'tickers', instId: string, at: number, row: object): MarketFrame {
  return { at, channel, instId, text: JSON.stringify({ arg: { channel, instId }, data: [row] }) };
}
