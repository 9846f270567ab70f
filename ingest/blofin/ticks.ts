import type { Tick, TickSource } from '#ingest/feed.ts';
import type { Decimal } from './decimal.ts';
import { toBase } from './instruments.ts';
import type { TickerRow, TradeRow } from './rows.ts';

/** What a row does not say itself: whose it is, how it came and when. */
export interface Stamp {
  venue: string;
  source: TickSource;
  symbol: string;
  /** Microseconds. */
  receivedAt: number;
}

/** A trade print in base coin, milliseconds turned to microseconds. */
export function tradeTick(row: TradeRow, contract: Decimal, stamp: Stamp): Tick {
  return {
    venue: stamp.venue,
    symbol: stamp.symbol,
    source: stamp.source,
    kind: 'trade',
    ts: row.ts * 1_000,
    eventId: row.tradeId,
    price: row.price,
    size: toBase(row.size, contract),
    side: row.side,
    bid: null,
    ask: null,
    bidSize: null,
    askSize: null,
    volume24h: null,
    high24h: null,
    low24h: null,
    receivedAt: stamp.receivedAt,
  };
}

/** A ticker as a quote, sizes in base coin. `eventId` tells the quotes of one millisecond apart. */
export function quoteTick(row: TickerRow, contract: Decimal, stamp: Stamp, eventId: string): Tick {
  return {
    venue: stamp.venue,
    symbol: stamp.symbol,
    source: stamp.source,
    kind: 'quote',
    ts: row.ts * 1_000,
    eventId,
    price: row.last,
    size: null,
    side: null,
    bid: row.bid,
    ask: row.ask,
    bidSize: row.bidSize === null ? null : toBase(row.bidSize, contract),
    askSize: row.askSize === null ? null : toBase(row.askSize, contract),
    volume24h: row.volume24h,
    high24h: row.high24h,
    low24h: row.low24h,
    receivedAt: stamp.receivedAt,
  };
}
