import { type Listing, perCoin, toBase } from '#ingest/listing.ts';
import type { Row } from '#ingest/normalise/deduplicator.ts';
import type { TickerRow, TradeRow } from './rows.ts';

/** A trade print in base coin, milliseconds turned to microseconds. */
export function tradeOf(row: TradeRow, listing: Listing): Row {
  return {
    symbol: listing.symbol,
    kind: 'trade',
    ts: row.ts * 1_000,
    eventId: row.tradeId,
    price: perCoin(row.price, listing),
    size: toBase(row.size, listing),
    side: row.side,
    bid: null,
    ask: null,
    bidSize: null,
    askSize: null,
    volume24h: null,
    high24h: null,
    low24h: null,
  };
}

/** A ticker as a quote, sizes in base coin. The venue gives it no id. */
export function quoteOf(row: TickerRow, listing: Listing): Row {
  const price = (value: number | null) => (value === null ? null : perCoin(value, listing));
  const size = (value: string | null) => (value === null ? null : toBase(value, listing));
  return {
    symbol: listing.symbol,
    kind: 'quote',
    ts: row.ts * 1_000,
    eventId: '',
    price: price(row.last),
    size: null,
    side: null,
    bid: price(row.bid),
    ask: price(row.ask),
    bidSize: size(row.bidSize),
    askSize: size(row.askSize),
    volume24h: row.volume24h === null ? null : row.volume24h * 10 ** listing.power,
    high24h: price(row.high24h),
    low24h: price(row.low24h),
  };
}
