import type { RejectReason, Tick } from '#ingest/feed.ts';
import { type Listing, perCoin, toBase } from '#ingest/listing.ts';
import { decimalOf, type Fields, isPositive, isSize, priceOf, timeOf } from '#ingest/normalise/fields.ts';
import type { Stamp } from '#ingest/origin.ts';

/** What only the other kind of row has. */
const noQuote = { bid: null, ask: null, bidSize: null, askSize: null, volume24h: null, high24h: null, low24h: null };

/**
 * A row of the stream `trade`, or the reason why it is refused.
 *
 * `X` tells who traded. Only `MARKET` was matched in the order book. The rest are the insurance fund and automatic
 * deleveraging (`INSURANCE_FUND`, `ADL`: settled at prices up to 10 % off the market) and placeholders (`NA`: price and
 * quantity 0). The documentation says that `aggTrade` and REST leave these out, so the bars of both streams agree only
 * if we do too. They are refused with their frame and not dropped unseen. Servers that say no `X` have market trades only.
 */
export function tradeOf(data: Fields, listing: Listing, stamp: Stamp): Tick | RejectReason {
  if (data.X !== undefined && data.X !== 'MARKET') return 'not a market trade';
  const id = idOf(data.t);
  return id === null ? 'trade without an id' : printOf(id, data, listing, stamp);
}

/** A row of the stream `aggTrade`, or of REST `/aggTrades`; its ids are of another series than those of trades. */
export function aggTradeOf(data: Fields, listing: Listing, stamp: Stamp): Tick | RejectReason {
  const id = idOf(data.a);
  return id === null ? 'trade without an id' : printOf(`a${id}`, data, listing, stamp);
}

/** A row of REST `/trades`, which has market trades only. */
export function restTradeOf(
  { id: t, price: p, qty: q, time: T, isBuyerMaker: m }: Fields,
  listing: Listing,
  stamp: Stamp,
) {
  return tradeOf({ t, p, q, T, m }, listing, stamp);
}

/**
 * A row of the stream `bookTicker`: the best bid and ask after the book's update `u`. It has no last price, and a mid would
 * be nobody's price, so `price` is null. A side without an order is given as 0 at 0.
 */
export function quoteOf(data: Fields, listing: Listing, stamp: Stamp): Tick | RejectReason {
  const id = idOf(data.u);
  if (id === null) return 'malformed frame';
  const bid = sideOf(data.b, data.B, listing);
  if (typeof bid === 'string') return bid;
  const ask = sideOf(data.a, data.A, listing);
  if (typeof ask === 'string') return ask;
  if (bid.price === null && ask.price === null) return 'malformed frame';
  if (bid.price !== null && ask.price !== null && bid.price > ask.price) return 'bid above ask';
  const ts = timeOf(data.T);
  if (typeof ts === 'string') return ts;
  return {
    ...stamp,
    ...{ symbol: listing.symbol, kind: 'quote', ts: ts * 1_000, eventId: id, price: null, size: null, side: null },
    ...{ bid: bid.price, ask: ask.price, bidSize: bid.size, askSize: ask.size },
    ...{ volume24h: null, high24h: null, low24h: null },
  };
}

function printOf(eventId: string, data: Fields, listing: Listing, stamp: Stamp): Tick | RejectReason {
  const price = priceOf(data.p);
  if (typeof price === 'string') return price;
  const size = decimalOf(data.q);
  if (size === null) return 'size is not a number';
  if (!isPositive(size)) return 'size is not positive';
  // `m`: the buyer's order was waiting in the book, so the taker sold.
  if (typeof data.m !== 'boolean') return 'side is neither buy nor sell';
  const ts = timeOf(data.T);
  if (typeof ts === 'string') return ts;
  return {
    ...stamp,
    ...{ symbol: listing.symbol, kind: 'trade', ts: ts * 1_000, eventId, price: perCoin(price, listing) },
    ...{ size: toBase(size, listing), side: data.m ? 'sell' : 'buy', ...noQuote },
  };
}

function sideOf(price: unknown, size: unknown, listing: Listing) {
  const amount = decimalOf(size);
  if (amount === null) return 'size is not a number';
  if (!isSize(amount)) return 'size is not positive';
  if (Number(amount) === 0 && decimalOf(price) !== null && Number(price) === 0) return { price: null, size: 0 };
  const checked = priceOf(price);
  return typeof checked === 'string' ? checked : { price: perCoin(checked, listing), size: toBase(amount, listing) };
}

/** Ids are numbers on the wire; some proxies make them strings. */
function idOf(value: unknown): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? String(value) : null;
  return typeof value === 'string' && /^\d{1,20}$/.test(value) ? value : null;
}
