import type { ExchangeCandle, Tick } from '#ingest/feed.ts';
import { decimalOf, isFields } from '#ingest/normalise/fields.ts';
import { type Origin, stampOf } from '#ingest/origin.ts';
import { type RequestOptions, requestDefaults } from '#ingest/transport/request.ts';
import { Listings } from '#ingest/venues/listings.ts';
import type { VenueRest } from '#ingest/venues/venue.ts';
import { silent } from '#lib/log.ts';
import type { Micros } from '#lib/time.ts';
import { type Bar, type CandleRow, candleRow } from './candles.ts';
import { walkBack } from './history.ts';
import { type Instrument, parseInstruments } from './instruments.ts';
import { get } from './request.ts';
import { quoteOf, tradeOf } from './rows.ts';

/** Everything but address and budget has a default. */
export type BlofinRestOptions = Partial<RequestOptions> & Pick<RequestOptions, 'url' | 'limiter'>;

/** What an instrument did in the last 24 hours; `volume24h` in base coin. The venue does not say the quote volume. */
export interface Ticker {
  symbol: string;
  /** Microseconds. */
  ts: Micros;
  last: number | null;
  bid: number | null;
  ask: number | null;
  volume24h: number | null;
  high24h: number | null;
  low24h: number | null;
  /** volume24h × last: an approximation, good enough to rank by. */
  quoteVolume24h: number | null;
}

/** The most rows that Blofin's documentation lets a page have; a page may hold fewer all the same. */
const pageRows = 1_440;

/**
 * Blofin's public REST API. Every call waits for its turn in the shared limiter. Errors are `UserError`s that say what to
 * do; `CoolDownError` says how long the exchange has suspended us.
 */
export class BlofinRest implements VenueRest {
  readonly #options: RequestOptions;
  readonly #listings: Listings<Instrument>;

  constructor(options: BlofinRestOptions) {
    this.#options = { log: silent, ...requestDefaults, ...options };
    this.#listings = new Listings(async () => {
      const { data, origin } = await get('/api/v1/market/instruments', {}, this.#options);
      return { instruments: parseInstruments(data), origin };
    }, this.#options.log);
  }

  /** The linear instruments, by symbol. Asks anew each time, since instruments vanish and contract values change. */
  instruments(): Promise<Map<string, Instrument>> {
    return this.#listings.ask();
  }

  /** Whose market this server shows, as its answer to `/instruments` says. */
  async origin(): Promise<Origin> {
    return (await this.#listings.last()).origin;
  }

  /** One page of closed candles, ascending. `after`, `before`: microseconds, exclusive; `before` gives the latest ones. */
  async candles(query: {
    symbol: string;
    bar?: Bar;
    after?: Micros;
    before?: Micros;
    limit?: number;
  }): Promise<ExchangeCandle[]> {
    const { after, before, limit } = query;
    const rows = await this.#candleRows(query.symbol, query.bar ?? '1m', {
      ...(after === undefined ? {} : { after: String(Math.ceil(after / 1_000)) }),
      ...(before === undefined ? {} : { before: String(Math.floor(before / 1_000)) }),
      ...(limit === undefined ? {} : { limit: String(limit) }),
    });
    const closed = rows.filter((row) => row.closed).sort((a, b) => a.ms - b.ms);
    return closed.map((row) => row.candle);
  }

  /** Bar-open time of the newest closed minute; undefined where the venue has no candles of the symbol. */
  async newestMinute(symbol: string): Promise<Micros | undefined> {
    // Two, because the newest may still be forming and is then left out.
    return (await this.candles({ symbol, limit: 2 })).at(-1)?.ts;
  }

  /** One-minute candles of `[from, to)` (microseconds): pages from the newest to the oldest, each ascending. */
  history({ symbol, from, to }: { symbol: string; from: Micros; to: Micros }): AsyncIterable<ExchangeCandle[]> {
    const pages = (after: number) => this.#candleRows(symbol, '1m', { after: String(after), limit: String(pageRows) });
    return walkBack(pages, { symbol, from, to });
  }

  /** All instruments' tickers in one call, for ranking. */
  async tickers(): Promise<Ticker[]> {
    const { instruments } = await this.#listings.last();
    const listed = new Map([...instruments.values()].map((listing) => [listing.instId, listing]));
    const { data, origin } = await get('/api/v1/market/tickers', {}, this.#options);
    const stamp = stampOf(origin, 'rest', Date.now() * 1_000);
    return data.flatMap((row) => {
      const instId = isFields(row) && typeof row.instId === 'string' ? row.instId : '';
      const listing = listed.get(instId);
      // Inverse contracts are in the answer too.
      if (!listing) return [];
      const quote = quoteOf(row, listing, stamp);
      if (typeof quote === 'string') {
        this.#options.log.warn({ instId, reason: quote }, 'ticker refused');
        return [];
      }
      const { symbol, ts, price: last, bid, ask, volume24h, high24h, low24h } = quote;
      const quoteVolume24h = volume24h === null || last === null ? null : volume24h * last;
      return [{ symbol, ts, last, bid, ask, volume24h, high24h, low24h, quoteVolume24h }];
    });
  }

  /** The last trades of a symbol (the venue gives at most 100, without paging), oldest first, sizes in base coin. */
  async trades(symbol: string): Promise<Tick[]> {
    const listing = await this.#listings.of(symbol);
    const { instId } = listing;
    const { data, origin } = await get('/api/v1/market/trades', { instId, limit: '100' }, this.#options);
    const stamp = stampOf(origin, 'rest', Date.now() * 1_000);
    const ticks = data.flatMap((row): Tick[] => {
      const trade = tradeOf(row, listing, stamp);
      if (typeof trade !== 'string') return [trade];
      this.#options.log.warn({ symbol, reason: trade }, 'trade refused');
      return [];
    });
    // Newest first on the wire; a stable sort of the reverse keeps the venue's order within a millisecond.
    return ticks.reverse().sort((a, b) => a.ts - b.ts);
  }

  async #candleRows(symbol: string, bar: Bar, query: { [name: string]: string }): Promise<CandleRow[]> {
    const listing = await this.#listings.of(symbol);
    const parameters = { instId: listing.instId, bar, ...query };
    const { data, origin } = await get('/api/v1/market/candles', parameters, this.#options);
    return data.flatMap((row) => {
      const parsed = candleRow(row, listing, bar, origin);
      if (parsed) return [parsed];
      // A hole is seen and reported by whoever checks for gaps; a wrong bar would not be.
      this.#options.log.warn({ symbol, row, time: decimalOf(Array.isArray(row) ? row[0] : null) }, 'candle refused');
      return [];
    });
  }
}
