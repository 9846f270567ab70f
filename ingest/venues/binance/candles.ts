import type { ExchangeCandle } from '#ingest/feed.ts';
import { type Listing, perCoin } from '#ingest/listing.ts';
import { decimalOf } from '#ingest/normalise/fields.ts';
import { type Origin, sourceOf } from '#ingest/origin.ts';

const minute = 60_000;
/** How long after its end a bar may still change: trades of its last moments are counted with a delay. */
const settling = 2_000;

/** One row of REST `/klines`: the candle, its time in milliseconds, and whether its bar has closed. */
export interface KlineRow {
  ms: number;
  closed: boolean;
  candle: ExchangeCandle;
}

/**
 * Reads `[open time, open, high, low, close, volume, close time, quote volume, trades, taker buy volume, …]`, volumes in the
 * base asset. A recording of a venue that did not say a measure has it empty. The row does not say whether the bar is still
 * forming; the server's clock `now` (milliseconds) does. Null when the row is no candle: a price that is not positive, a
 * high below the rest, a time off the minute.
 */
export function klineRow(row: unknown, listing: Listing, origin: Origin, now: number): KlineRow | null {
  if (!Array.isArray(row) || row.length < 10) return null;
  const number = (i: number) => Number(decimalOf(row[i]) ?? Number.NaN);
  const optional = (i: number) => (row[i] === '' ? null : number(i));
  const ms = number(0);
  const [open, high, low, close, volume] = [1, 2, 3, 4, 5].map(number);
  const [quoteVolume, trades, buyVolume] = [7, 8, 9].map(optional);
  const ordered = low > 0 && low <= Math.min(open, close) && high >= Math.max(open, close) && high < Infinity;
  const measured = [volume, quoteVolume, trades, buyVolume].every((x) => x === null || (x >= 0 && x < Infinity));
  if (!ordered || !measured || !(ms > 0) || ms % minute !== 0) return null;
  const [o, h, l, c] = [open, high, low, close].map((price) => perCoin(price, listing));
  const scale = 10 ** listing.power;
  const bought = buyVolume === null ? null : buyVolume * scale;
  const measures = {
    open: o,
    high: h,
    low: l,
    close: c,
    volume: volume * scale,
    quoteVolume,
    buyVolume: bought,
    trades,
  };
  return {
    ms,
    closed: ms + minute + settling <= now,
    candle: {
      ...{ venue: origin.venue, symbol: listing.symbol, source: sourceOf(origin, 'rest'), ts: ms * 1_000 },
      ...measures,
    },
  };
}
