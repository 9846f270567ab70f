import type { RejectReason, Tick } from '#ingest/feed.ts';
import { type Listing, perCoin, toBase } from '#ingest/listing.ts';
import { absent, decimalOf, idOf, isFields, isPositive, isSize, priceOf, timeOf } from '#ingest/normalise/fields.ts';
import type { Stamp } from '#ingest/origin.ts';

/** What only a quote has. */
const noQuote = { bid: null, ask: null, bidSize: null, askSize: null, volume24h: null, high24h: null, low24h: null };

/**
 * A row of `trades` as a tick (WebSocket and REST have the same), or the reason why it is refused. Sizes are contracts in
 * decimal text, so that their conversion to base coin rounds once.
 */
export function tradeOf(row: unknown, listing: Listing, stamp: Stamp): Tick | RejectReason {
  if (!isFields(row) || (row.instId !== undefined && row.instId !== listing.instId)) return 'malformed frame';
  const eventId = idOf(row.tradeId);
  if (eventId === null) return 'trade without an id';
  const price = priceOf(row.price);
  if (typeof price === 'string') return price;
  const size = decimalOf(row.size);
  if (size === null) return 'size is not a number';
  if (!isPositive(size)) return 'size is not positive';
  if (row.side !== 'buy' && row.side !== 'sell') return 'side is neither buy nor sell';
  const ts = timeOf(row.ts);
  if (typeof ts === 'string') return ts;
  return {
    ...stamp,
    ...{ symbol: listing.symbol, kind: 'trade', ts: ts * 1_000, eventId, price: perCoin(price, listing) },
    ...{ size: toBase(size, listing), side: row.side, ...noQuote },
  };
}

/**
 * A row of `tickers` as a quote (WebSocket and REST have the same), or the reason why it is refused. What is absent is
 * null. Sizes of the book are in contracts, the 24-hour volume is in base coin. The venue gives a ticker no id.
 */
export function quoteOf(row: unknown, listing: Listing, stamp: Stamp): Tick | RejectReason {
  if (!isFields(row) || (row.instId !== undefined && row.instId !== listing.instId)) return 'malformed frame';
  const prices: { [name: string]: number | null } = {};
  for (const name of ['last', 'bidPrice', 'askPrice', 'high24h', 'low24h']) {
    const price = absent(row[name]) ? null : priceOf(row[name]);
    if (typeof price === 'string') return price;
    prices[name] = price === null ? null : perCoin(price, listing);
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
  const { bidSize, askSize, volCurrency24h } = sizes;
  const inBase = (size: string | null) => (size === null ? null : toBase(size, listing));
  return {
    ...stamp,
    ...{ symbol: listing.symbol, kind: 'quote', ts: ts * 1_000, eventId: '', price: last, size: null, side: null },
    ...{ bid, ask, bidSize: inBase(bidSize), askSize: inBase(askSize), high24h, low24h },
    volume24h: volCurrency24h === null ? null : Number(volCurrency24h) * 10 ** listing.power,
  };
}
