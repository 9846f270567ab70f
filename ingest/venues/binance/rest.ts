import type { ExchangeCandle, Tick } from '#ingest/feed.ts';
import { decimalOf, isFields } from '#ingest/normalise/fields.ts';
import { type Origin, stampOf } from '#ingest/origin.ts';
import { type RequestOptions, requestDefaults } from '#ingest/transport/request.ts';
import { Listings } from '#ingest/venues/listings.ts';
import type { Ticker, VenueRest } from '#ingest/venues/venue.ts';
import { UserError } from '#lib/errors.ts';
import { silent } from '#lib/log.ts';
import type { Micros } from '#lib/time.ts';
import { type KlineRow, klineRow } from './candles.ts';
import { walkWindows } from './history.ts';
import { type Instrument, parseInstruments, type TradeStream } from './instruments.ts';
import { type Answer, get } from './request.ts';
import { aggTradeOf, restTradeOf } from './rows.ts';

/** Everything but address and budget has a default. */
export type BinanceRestOptions = Partial<RequestOptions> &
  Pick<RequestOptions, 'url' | 'limiter'> & {
    /** Which series of trades to use, in the feed too. Default: the one that a local exchange plays, else `aggTrade`. */
    tradeStream?: TradeStream;
  };

/**
 * The venue counts weight, 2,400 a minute and address; our limiter counts requests, 300 a minute. A page of up to 1,000
 * candles weighs 5, so a backfill at full speed takes 1,500. One of 1,500 candles would weigh 10, and the budget would not
 * hold. `/aggTrades` weighs 20 and `/ticker/24hr` 40, but both are asked for now and then. Who goes over it gets 429 and
 * waits as long as that says.
 */
const pageRows = 1_000;

/**
 * The public REST API of Binance USD-M futures. Every call waits for its turn in the shared limiter. Errors are
 * `UserError`s that say what to do; `CoolDownError` says how long the exchange has suspended us.
 */
export class BinanceRest implements VenueRest {
  readonly #options: RequestOptions;
  readonly #listings: Listings<Instrument>;

  constructor({ tradeStream, ...options }: BinanceRestOptions) {
    this.#options = { log: silent, ...requestDefaults, ...options };
    this.#listings = new Listings(async () => {
      const { data, origin } = await get('/fapi/v1/exchangeInfo', {}, this.#options);
      const rows = isFields(data) ? data.symbols : undefined;
      return { instruments: parseInstruments(arrayOf(rows, 'exchangeInfo'), tradeStream), origin };
    }, this.#options.log);
  }

  /** The perpetuals that are traded now, by symbol. Asks anew each time. */
  instruments(): Promise<Map<string, Instrument>> {
    return this.#listings.ask();
  }

  /** Whose market this server shows, as its answer to `/exchangeInfo` says. */
  async origin(): Promise<Origin> {
    return (await this.#listings.last()).origin;
  }

  /** What was traded of each instrument in the last 24 hours, in quote coin; in one call, for ranking. */
  async tickers(): Promise<Ticker[]> {
    const { instruments } = await this.#listings.last();
    const listed = new Map([...instruments.values()].map((listing) => [listing.instId, listing.symbol]));
    const { data } = await get('/fapi/v1/ticker/24hr', {}, this.#options);
    return arrayOf(data, 'ticker/24hr').flatMap((row) => {
      // Quarterly contracts are in the answer too.
      const symbol = isFields(row) && typeof row.symbol === 'string' ? listed.get(row.symbol) : undefined;
      if (!isFields(row) || symbol === undefined) return [];
      const volume = decimalOf(row.quoteVolume);
      return [{ symbol, quoteVolume24h: volume === null ? null : Number(volume) }];
    });
  }

  /** One-minute candles of `[from, to)` (microseconds): pages from the newest to the oldest, each ascending; closed bars only. */
  history({ symbol, from, to }: { symbol: string; from: Micros; to: Micros }): AsyncIterable<ExchangeCandle[]> {
    const pages = (start: number, end: number, limit: number) =>
      this.#klines(symbol, { startTime: String(start), endTime: String(end - 1), limit: String(limit) });
    return walkWindows(pages, { symbol, from, to, pageRows });
  }

  /** Bar-open time of the newest closed minute; undefined where the venue has no candles of the symbol. */
  async newestMinute(symbol: string): Promise<Micros | undefined> {
    // Three, because the newest is forming and the one before may still be settling.
    const rows = await this.#klines(symbol, { limit: '3' });
    return rows.findLast((row) => row.closed)?.candle.ts;
  }

  /** The last 1,000 trades of a symbol, in the series that the feed follows too; oldest first, sizes in base coin. */
  async trades(symbol: string): Promise<Tick[]> {
    const listing = await this.#listings.of(symbol);
    const [path, read] =
      listing.tradeStream === 'trade'
        ? (['/fapi/v1/trades', restTradeOf] as const)
        : (['/fapi/v1/aggTrades', aggTradeOf] as const);
    const { data, origin } = await get(path, { symbol: listing.instId, limit: '1000' }, this.#options);
    const stamp = stampOf(origin, 'rest', Date.now() * 1_000);
    const ticks = arrayOf(data, path).flatMap((row): Tick[] => {
      const trade = isFields(row) ? read(row, listing, stamp) : 'malformed frame';
      if (typeof trade !== 'string') return [trade];
      this.#options.log.warn({ symbol, reason: trade }, 'trade refused');
      return [];
    });
    return ticks.sort((a, b) => a.ts - b.ts);
  }

  async #klines(symbol: string, query: { [name: string]: string }): Promise<KlineRow[]> {
    const listing = await this.#listings.of(symbol);
    const parameters = { symbol: listing.instId, interval: '1m', ...query };
    const { data, origin, now }: Answer = await get('/fapi/v1/klines', parameters, this.#options);
    return arrayOf(data, 'klines').flatMap((row) => {
      const parsed = klineRow(row, listing, origin, now);
      if (parsed) return [parsed];
      // A hole is seen and reported by whoever checks for gaps; a wrong bar would not be.
      this.#options.log.warn({ symbol, row }, 'candle refused');
      return [];
    });
  }
}

function arrayOf(data: unknown, what: string): unknown[] {
  if (Array.isArray(data)) return data;
  throw new UserError(`The exchange's answer to ${what} has no list.`, 'Check market.restUrl.');
}
