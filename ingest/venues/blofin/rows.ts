import type { RejectReason } from '#ingest/feed.ts';
import { absent, decimalOf, idOf, isFields, isPositive, isSize, priceOf, timeOf } from '#ingest/normalise/fields.ts';

export { decimalOf, isFields };

/** A trade as Blofin states it, checked. `size` stays decimal text, in contracts, so that its conversion rounds once. */
export interface TradeRow {
  tradeId: string;
  price: number;
  size: string;
  side: 'buy' | 'sell';
  /** Milliseconds. */
  ts: number;
}

/** A ticker as Blofin states it, checked. Absent fields are null. Sizes in contracts, `volume24h` in base coin. */
export interface TickerRow {
  last: number | null;
  bid: number | null;
  ask: number | null;
  bidSize: string | null;
  askSize: string | null;
  volume24h: number | null;
  high24h: number | null;
  low24h: number | null;
  /** Milliseconds. */
  ts: number;
}

/** Checks one row of `trades` (WebSocket and REST have the same). Gives the reason where it is refused. */
export function tradeRow(row: unknown, instId: string): TradeRow | RejectReason {
  if (!isFields(row) || (row.instId !== undefined && row.instId !== instId)) return 'malformed frame';
  const tradeId = idOf(row.tradeId);
  if (tradeId === null) return 'trade without an id';
  const price = priceOf(row.price);
  if (typeof price === 'string') return price;
  const size = decimalOf(row.size);
  if (size === null) return 'size is not a number';
  if (!isPositive(size)) return 'size is not positive';
  if (row.side !== 'buy' && row.side !== 'sell') return 'side is neither buy nor sell';
  const ts = timeOf(row.ts);
  if (typeof ts === 'string') return ts;
  return { tradeId, price, size, side: row.side, ts };
}

/** Checks one row of `tickers` (WebSocket and REST have the same). Gives the reason where it is refused. */
export function tickerRow(row: unknown, instId: string): TickerRow | RejectReason {
  if (!isFields(row) || (row.instId !== undefined && row.instId !== instId)) return 'malformed frame';
  const prices: { [name: string]: number | null } = {};
  for (const name of ['last', 'bidPrice', 'askPrice', 'high24h', 'low24h']) {
    const price = absent(row[name]) ? null : priceOf(row[name]);
    if (typeof price === 'string') return price;
    prices[name] = price;
  }
  const sizes: { [name: string]: string | null } = {};
  for (const name of ['bidSize', 'askSize', 'volCurrency24h']) {
    const size = absent(row[name]) ? null : decimalOf(row[name]);
    if (size === null && !absent(row[name])) return 'size is not a number';
    if (size !== null && !isSize(size)) return 'size is not positive';
    sizes[name] = size;
  }
  const { last, bidPrice: bid, askPrice: ask, high24h, low24h } = prices;
  if (last === null && bid === null && ask === null) return 'malformed frame';
  if (bid !== null && ask !== null && bid > ask) return 'bid above ask';
  const ts = timeOf(row.ts);
  if (typeof ts === 'string') return ts;
  const volume24h = sizes.volCurrency24h === null ? null : Number(sizes.volCurrency24h);
  return { last, bid, ask, bidSize: sizes.bidSize, askSize: sizes.askSize, volume24h, high24h, low24h, ts };
}
