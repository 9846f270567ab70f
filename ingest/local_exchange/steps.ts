import { decimalText, placesOf } from '#ingest/decimal.ts';
import { decimalOf } from '#ingest/normalise/fields.ts';
import type { CandleSeries, Market, MarketFrame, StepFields } from './market.ts';

/** So many frames and candles from the beginning of a recording are looked at. */
const sampledFrames = 20_000;
export const sampledCandles = 1_000;

/** A trade in a push, as the venue writes it: `size` in contracts. A recorded push may be malformed. */
export interface WrittenTrade {
  instId: string;
  price: unknown;
  size: unknown;
}

/**
 * The steps that the numbers of a recording show: the place of the last digit that is not 0, over its first trades and
 * candles. They are as coarse as these numbers allow, and may be finer than the exchange's own where that counts in fives.
 * An instrument without a number has none.
 */
export async function shownSteps(
  market: Market,
  tradesIn: (frame: MarketFrame) => WrittenTrade[],
  candles: (instId: string) => Promise<CandleSeries>,
): Promise<Map<string, StepFields>> {
  const places = new Map(market.instruments.map(({ instId }) => [instId, { price: -1, size: -1 }]));
  const see = (instId: string, field: 'price' | 'size', value: unknown) => {
    const [seen, text] = [places.get(instId), decimalOf(value)];
    if (seen && text !== null) seen[field] = Math.max(seen[field], placesOf(text));
  };
  let frames = 0;
  for await (const frame of market.frames()) {
    for (const { instId, price, size } of tradesIn(frame)) {
      see(instId, 'price', price);
      see(instId, 'size', size);
    }
    frames += 1;
    if (frames === sampledFrames) break;
  }
  for (const { instId } of market.instruments) {
    const series = await candles(instId);
    for (let i = 0; i < Math.min(series.length, sampledCandles); i++) {
      const [, open, high, low, close, contracts] = series.rowAt(i);
      for (const price of [open, high, low, close]) see(instId, 'price', price);
      see(instId, 'size', contracts);
    }
  }
  return new Map([...places].map(([instId, { price, size }]) => [instId, fieldsOf(price, size)]));
}

function fieldsOf(price: number, size: number): StepFields {
  const lotSize = decimalText(1, -size);
  return {
    ...(price < 0 ? {} : { tickSize: decimalText(1, -price) }),
    ...(size < 0 ? {} : { lotSize, minSize: lotSize }),
  };
}
