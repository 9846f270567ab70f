import { bySymbol, coinOf, type Instruments, type Listing, unitOf } from '#ingest/listing.ts';
import { isFields } from '#ingest/normalise/fields.ts';

/**
 * The two streams of trades. `aggTrade` sums what one taker order got at one price; `trade` has each fill. A symbol is
 * followed by one of them, feed and REST alike: both together would count every trade twice.
 */
export type TradeStream = 'aggTrade' | 'trade';

/** A linear perpetual as Binance lists it. */
export interface Instrument extends Listing {
  tradeStream: TradeStream;
}

/**
 * The perpetuals that are traded now, among the rows of REST `/exchangeInfo`, by our name. Sizes are in the base asset.
 * A local exchange says beside a symbol which stream of trades it plays; Binance has both, and `aggTrade` is
 * the documented one.
 */
export function parseInstruments(rows: unknown[], tradeStream?: TradeStream): Instruments<Instrument> {
  return bySymbol(rows.flatMap((row) => instrumentOf(row, tradeStream) ?? []));
}

function instrumentOf(row: unknown, tradeStream: TradeStream | undefined): Instrument | null {
  if (!isFields(row)) return null;
  const { symbol, baseAsset, quoteAsset } = row;
  if (typeof symbol !== 'string' || typeof baseAsset !== 'string' || typeof quoteAsset !== 'string') return null;
  // Quarterly contracts end and have prices of their own; what is settling or not yet listed has no stream.
  if (row.contractType !== 'PERPETUAL' || row.status !== 'TRADING') return null;
  const { coin, power } = coinOf(baseAsset);
  return {
    ...{ symbol: `${coin}-${quoteAsset}`, instId: symbol, power, unit: unitOf('1', power) },
    tradeStream: tradeStream ?? (row.tradeStream === 'trade' ? 'trade' : 'aggTrade'),
  };
}

/** The stream of trades that this listing is followed by. */
export function tradeStreamOf(listing: Listing): TradeStream {
  return 'tradeStream' in listing && listing.tradeStream === 'trade' ? 'trade' : 'aggTrade';
}
