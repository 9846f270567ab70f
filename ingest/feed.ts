import type { Micros } from '#lib/time.ts';
import type { Listing } from './listing.ts';

/** How a row came to us. */
export type TickSource = 'ws' | 'rest' | 'archive' | 'replay';

/** One trade print, or one quote (ticker) update. Sizes are in base coin; absent measures are null, never 0. */
export interface Tick {
  venue: string;
  symbol: string;
  source: TickSource;
  kind: 'trade' | 'quote';
  /** Event time given by the venue. */
  ts: Micros;
  /** Trade id, or the venue's update id, else a counter within the millisecond; never null, or rows would collapse. */
  eventId: string;
  /** Of a trade its price; of a quote the venue's last price or null, never a mid. */
  price: number | null;
  size: number | null;
  /** Taker (aggressor) side. */
  side: 'buy' | 'sell' | null;
  bid: number | null;
  ask: number | null;
  bidSize: number | null;
  askSize: number | null;
  volume24h: number | null;
  high24h: number | null;
  low24h: number | null;
  /** Place in the order of arrival, which decides among events of the same time: it grows with each event of a symbol. */
  seq: number | null;
  /** When this process read the frame off the socket. */
  receivedAt: Micros;
}

/** Why a frame or row was refused. */
export type RejectReason =
  | 'malformed frame'
  | 'unknown channel'
  | 'unknown instrument'
  | 'subscription refused'
  | 'trade without an id'
  | 'price is not a number'
  | 'price is not positive'
  | 'size is not a number'
  | 'size is not positive'
  | 'time is not a number'
  | 'time is out of range'
  | 'time is too far ahead'
  | 'time is too far behind'
  | 'price is too far from the last'
  | 'not a market trade'
  | 'side is neither buy nor sell'
  | 'bid above ask';

/** A row or frame that was refused, as it came. `symbol` is null where it could not be told. */
export interface RejectedRow {
  venue: string;
  symbol: string | null;
  source: TickSource;
  reason: RejectReason;
  raw: string;
  receivedAt: Micros;
}

/** What data is missing where a row was refused, as far as that can be told. */
export interface Refused {
  /** Whose row it may have been: its symbol, or all that the socket carries. */
  symbols: readonly string[];
  /** What it was, or what the socket brings; null: either. */
  kind: Tick['kind'] | null;
  /** The event time that it states, true or not; null where it cannot be read. */
  ts: Micros | null;
}

/**
 * What a source of market data yields, in the order of arrival. Connection changes are part of the stream, so that
 * whoever reads it can mark the bars that they touch.
 */
export type MarketEvent =
  | { type: 'tick'; tick: Tick }
  | ({ type: 'rejected'; row: RejectedRow } & Refused)
  /** All subscriptions of these symbols are acknowledged; ticks may have come before. */
  | { type: 'subscribed'; venue: string; symbols: string[]; at: Micros }
  /**
   * Yielded before the feed waits to reconnect. `symbols` are those the connection carried. `since`: event time of the last
   * that came of what was lost; of several streams of a symbol the others may have gone on.
   */
  | { type: 'disconnected'; venue: string; symbols: string[]; cause: string; since?: Micros; at: Micros };

/** A source of market data. Iterating starts it; `close` ends it (idempotent) and lets the iteration finish. */
export interface Feed extends AsyncIterable<MarketEvent> {
  close(): Promise<void>;
  /** Absent: the same as `none`. */
  readonly tradeIds?: TradeIds;
  /** Counted where the rows come in, before anybody has taken them. */
  readonly counters: Readonly<FeedCounters>;
  /** Rows that it has counted and not yielded yet, counted where they are. Absent: it keeps none. */
  readonly held?: number;
  /** Replaces the connection that carries this symbol. Absent: there is none to replace. */
  renew?(symbol: string, cause: string): void;
}

/** What a feed has seen since it started. received = duplicates + the `tick` and `rejected` events that it yields. */
export interface FeedCounters {
  /** Text frames, heartbeats and acknowledgements included. */
  frames: number;
  /** Rows in them, and frames that could not be read. */
  received: number;
  /** Sound rows that were new. */
  ticks: number;
  /** Known trades and repeated quotes, dropped here. */
  duplicates: number;
  /** Trades among `ticks` whose id an earlier trade of other content had. */
  reused: number;
  rejected: number;
  reconnects: number;
}

/**
 * What the ids of a venue's trades say, symbol by symbol. `count`: each is the one before plus 1, so that a jump means that
 * trades are missing, and no jump that none is. `order`: they grow with time, but not by 1. `none`: nothing.
 */
export type TradeIds = 'count' | 'order' | 'none';

/** A feed of a venue's sockets, which can be told of changes while it runs. */
export interface LiveFeed extends Feed {
  /** Listings that are new or have changed; new ones get a socket of their own. */
  follow(listings: readonly Listing[]): void;
}

/** One closed bar as an exchange or archive states it. Volumes in base coin. */
export interface ExchangeCandle {
  venue: string;
  symbol: string;
  source: TickSource;
  /** Bar-open time. */
  ts: Micros;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  quoteVolume: number | null;
  buyVolume: number | null;
  trades: number | null;
}
