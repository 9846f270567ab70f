import type { Origin } from '#ingest/origin.ts';

/** The smallest steps of an instrument's price (quote coin) and size (contracts), and its smallest size. */
export interface StepFields {
  tickSize?: string;
  lotSize?: string;
  minSize?: string;
}

/** A row of `/instruments`, with what the market knows of it. `contractValue`: base coin per contract. */
export interface InstrumentRow extends StepFields {
  instId: string;
  baseCurrency: string;
  quoteCurrency: string;
  contractValue: string;
  instType: 'SWAP';
  contractType: 'linear';
  state: 'live';
}

/** `[ts, open, high, low, close, vol (contracts), volCurrency (base), volCurrencyQuote ('' if unknown), confirm]`. */
export type CandleTuple = [string, string, string, string, string, string, string, string, '0' | '1'];

/** One-minute candles by position, ascending in time; rows are made only for those that are sent. */
export interface CandleSeries {
  length: number;
  /** Bar-open time in milliseconds. */
  timeAt(i: number): number;
  rowAt(i: number): CandleTuple;
}

/** A row of `/tickers`. */
export interface TickerFields {
  instId: string;
  ts: string;
  last: string;
  [name: string]: string;
}

/** One push, as text ready to send. */
export interface MarketFrame {
  /** When it is due, in milliseconds of market time. */
  at: number;
  channel: 'trades' | 'tickers';
  instId: string;
  text: string;
}

/** What a local exchange serves. */
export interface Market {
  readonly origin: Origin;
  readonly instruments: readonly InstrumentRow[];
  /** Market time before playback starts, in milliseconds. */
  readonly startsAt: number;
  /** Close reason of the sockets after the last frame; starts with "end of ". */
  readonly ending: string;
  /** The topics that must have a subscriber before an automatic start. */
  topics(): Promise<readonly string[]>;
  /** All pushes in order, from the start. Reading fails with an error where the data is damaged. */
  frames(): AsyncIterable<MarketFrame>;
  /** Steps of price and size by instrument, where the market's own numbers show them and its instruments do not. */
  steps?(): Promise<ReadonlyMap<string, StepFields>>;
  /** One-minute candles as of market time `now`; empty where the market has none. */
  candles(instId: string, now: number): Promise<CandleSeries>;
  /** The last 24 hours as of `now`, for instruments that have pushed no ticker yet; null where nothing is known. */
  summary(instId: string, now: number): Promise<TickerFields | null>;
}

export const noCandles: CandleSeries = {
  length: 0,
  timeAt: () => Number.NaN,
  rowAt: () => {
    throw new RangeError('there are no candles');
  },
};

/** Key of a topic: `trades BTC-USDT`. */
export function topicKey({ channel, instId }: { channel: string; instId: string }): string {
  return `${channel} ${instId}`;
}

/** An instrument row for `BASE-QUOTE`. */
export function instrumentRow(instId: string, contractValue: string, more: Partial<InstrumentRow> = {}): InstrumentRow {
  const [baseCurrency, quoteCurrency = ''] = instId.split('-');
  const names = { instId, baseCurrency, quoteCurrency, contractValue };
  return { ...names, instType: 'SWAP', contractType: 'linear', state: 'live', ...more };
}
