import type { ExchangeCandle } from '#ingest/feed.ts';
import { type Listing, perCoin } from '#ingest/listing.ts';
import { decimalOf } from '#ingest/normalise/fields.ts';
import { type Origin, sourceOf } from '#ingest/origin.ts';

/** Length of the bars that we ask for, in milliseconds. */
export const barMs = { '1m': 60_000, '5m': 300_000, '15m': 900_000, '1H': 3_600_000, '4H': 14_400_000 } as const;

export type Bar = keyof typeof barMs;

/** One row of REST `/candles`: the candle, its time in milliseconds, and whether its bar has closed. */
export interface CandleRow {
  ms: number;
  closed: boolean;
  candle: ExchangeCandle;
}

/**
 * Reads `[ts, open, high, low, close, vol, volCurrency, volCurrencyQuote, confirm]`. Volumes are taken from the base and
 * quote columns, so no contract value is needed; a recording of a venue that did not say the quote volume has it empty.
 * Null when the row is no candle: a price that is not positive, a high below the rest, a time off the bar's grid.
 */
export function candleRow(row: unknown, listing: Listing, bar: Bar, origin: Origin): CandleRow | null {
  if (!Array.isArray(row) || row.length < 9) return null;
  const ms = Number(decimalOf(row[0]) ?? Number.NaN);
  const [open, high, low, close, volume] = [1, 2, 3, 4, 6].map((i) => Number(decimalOf(row[i]) ?? Number.NaN));
  const quoteVolume = row[7] === '' ? null : Number(decimalOf(row[7]) ?? Number.NaN);
  const ordered = low > 0 && low <= Math.min(open, close) && high >= Math.max(open, close) && high < Infinity;
  const volumes = volume >= 0 && volume < Infinity && (quoteVolume === null || quoteVolume >= 0);
  if (!ordered || !volumes || !(ms > 0) || ms % barMs[bar] !== 0) return null;
  if (String(row[8]) !== '0' && String(row[8]) !== '1') return null;
  const source = sourceOf(origin, 'rest');
  const [o, h, l, c] = [open, high, low, close].map((price) => perCoin(price, listing));
  const prices = { open: o, high: h, low: l, close: c };
  const measures = { ...prices, volume: volume * 10 ** listing.power, quoteVolume, buyVolume: null, trades: null };
  return {
    ms,
    closed: String(row[8]) === '1',
    candle: { venue: origin.venue, symbol: listing.symbol, source, ts: ms * 1_000, ...measures },
  };
}
