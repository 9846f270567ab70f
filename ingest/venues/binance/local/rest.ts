import { placesOf } from '#ingest/decimal.ts';
import { barMinutes, coarser } from '#ingest/local_exchange/coarser.ts';
import type { CandleSeries, InstrumentRow } from '#ingest/local_exchange/market.ts';
import { type BinanceRecording, nameOf } from './recording.ts';
import type { Tape } from './tape.ts';

/** What REST answers are made from. `now`: market time in milliseconds. */
export interface RestSources {
  market: BinanceRecording;
  tape: Tape;
  now(): number;
}

export interface RestAnswer {
  status: number;
  body: unknown;
}

const minute = 60_000;
const dayMinutes = 1_440;
const ok = (body: unknown): RestAnswer => ({ status: 200, body });
const refusal = (code: number, msg: string): RestAnswer => ({ status: 400, body: { code, msg } });
const invalid = (name: string) => refusal(-1130, `Data sent for parameter '${name}' is not valid.`);
const missing = (name: string) =>
  refusal(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
const notRecorded = (what: string) => refusal(-1020, `This operation is not supported: the recording has no ${what}.`);
/** What Binance has and no recording. */
const unrecorded: { [path: string]: string } = {
  ...{ depth: 'order books', rpiDepth: 'order books', 'ticker/price': 'single prices', historicalTrades: 'old trades' },
  ...{ 'ticker/bookTicker': 'best bids and asks for REST', premiumIndex: 'mark prices and funding rates' },
  ...{ fundingRate: 'funding rates', fundingInfo: 'funding rates', openInterest: 'open interest' },
  ...{ markPriceKlines: 'mark prices', indexPriceKlines: 'index prices', premiumIndexKlines: 'premium indices' },
};

/** The answer to a GET in Binance's futures protocol: market data, as far as it was recorded. */
export async function answer(url: URL, { market, tape, now }: RestSources): Promise<RestAnswer> {
  const query = url.searchParams;
  const path = url.pathname.replace('/fapi/v1/', '');
  const symbol = query.get('symbol');
  const listed = market.instruments.find((row) => nameOf(row) === symbol);
  if (symbol !== null && !listed) return refusal(-1121, 'Invalid symbol.');
  if (Object.hasOwn(unrecorded, path)) return notRecorded(unrecorded[path]);
  const limit = integer(query.get('limit'), 500);
  switch (path) {
    case 'ping':
      return ok({});
    case 'time':
      return ok({ serverTime: Math.floor(now()) });
    case 'exchangeInfo':
      return ok(await exchangeInfo(market, now()));
    case 'ticker/24hr': {
      if (listed) {
        const day = await dayRow(listed, market);
        return day ? ok(day) : notRecorded(`candles of ${symbol}`);
      }
      const rows = await Promise.all(market.instruments.map((row) => dayRow(row, market)));
      return ok(rows.filter((row) => row !== null));
    }
    case 'klines':
    case 'aggTrades':
    case 'trades':
      break;
    default:
      return { status: 404, body: { code: -5000, msg: `Path ${url.pathname}, Method GET is invalid` } };
  }
  if (!listed || symbol === null) return missing('symbol');
  if (!(limit >= 1)) return invalid('limit');
  if (path === 'klines') return klines(query, await market.candles(listed.instId), Math.min(limit, 1_500));
  const stream = `${symbol.toLowerCase()}@${path === 'trades' ? 'trade' : 'aggTrade'}`;
  if (market.lacks(stream)) return notRecorded(`${stream}, but the other series of trades`);
  const trades = tape.trades(stream, limit);
  if (path === 'aggTrades') return ok(trades.map(({ e: _e, E: _E, s: _s, ...row }) => row));
  const traded = trades.filter(({ X }) => X === undefined || X === 'MARKET');
  return ok(traded.map(({ t, p, q, T, m }) => ({ id: t, price: p, qty: q, time: T, isBuyerMaker: m })));
}

async function exchangeInfo(market: BinanceRecording, now: number) {
  const steps = await market.steps();
  const symbols = market.instruments.map((row) => symbolRow({ ...row, ...steps.get(row.instId) }, market));
  return { timezone: 'UTC', serverTime: Math.floor(now), rateLimits: [], exchangeFilters: [], symbols };
}

/** Filters say the steps that the recording shows; of the exchange's limits it shows none. */
function symbolRow(row: InstrumentRow, market: BinanceRecording) {
  const symbol = nameOf(row);
  const { tickSize, lotSize, minSize } = row;
  return {
    ...{ symbol, pair: symbol, contractType: 'PERPETUAL', status: 'TRADING' },
    ...{ baseAsset: row.baseCurrency, quoteAsset: row.quoteCurrency, marginAsset: row.quoteCurrency },
    ...(tickSize && { pricePrecision: placesOf(tickSize) }),
    ...(lotSize && { quantityPrecision: placesOf(lotSize) }),
    filters: [
      ...(tickSize ? [{ filterType: 'PRICE_FILTER', tickSize }] : []),
      ...(lotSize ? [{ filterType: 'LOT_SIZE', stepSize: lotSize, minQty: minSize }] : []),
    ],
    // Not in Binance's answer: only one of the two series was recorded.
    tradeStream: market.tradeStream(symbol),
  };
}

/** The last 24 hours of its candles; null where there are none. */
async function dayRow(row: InstrumentRow, market: BinanceRecording) {
  const day = await market.summary(row.instId);
  if (!day) return null;
  const series = await market.candles(row.instId);
  let quoteVolume = 0;
  for (let i = Math.max(0, series.length - dayMinutes); i < series.length; i++) {
    const [, , , , close, , base, quote] = series.rowAt(i);
    // Where no quote volume was recorded, the close stands for the price of the minute.
    quoteVolume += quote === '' ? Number(base) * Number(close) : Number(quote);
  }
  return {
    ...{ symbol: nameOf(row), lastPrice: day.last, openPrice: day.open24h, highPrice: day.high24h },
    ...{ lowPrice: day.low24h, volume: day.volCurrency24h, quoteVolume: String(quoteVolume) },
    closeTime: Number(day.ts) - 1,
  };
}

/** From `startTime` on, ascending; without it the latest ones. Both times inclusive. */
function klines(query: URLSearchParams, minutes: CandleSeries, limit: number): RestAnswer {
  const interval = query.get('interval');
  if (interval === null) return missing('interval');
  if (!Object.hasOwn(barMinutes, interval)) return refusal(-1120, 'Invalid interval.');
  const from = integer(query.get('startTime'), -Infinity);
  const to = integer(query.get('endTime'), Infinity);
  if (Number.isNaN(from)) return invalid('startTime');
  if (Number.isNaN(to)) return invalid('endTime');
  if (from > to) return refusal(-1023, 'Start time is greater than end time.');
  const series = coarser(minutes, barMinutes[interval]);
  const barMs = barMinutes[interval] * minute;
  const inside = Array.from({ length: series.length }, (_, i) => i).filter(
    (i) => series.timeAt(i) >= from && series.timeAt(i) <= to,
  );
  const chosen = from === -Infinity ? inside.slice(-limit) : inside.slice(0, limit);
  return ok(
    chosen.map((i) => {
      const [time, open, high, low, close, , base, quote] = series.rowAt(i);
      const openTime = Number(time);
      // Trades and taker volumes were not recorded.
      return [openTime, open, high, low, close, base, openTime + barMs - 1, quote, '', '', '', '0'];
    }),
  );
}

function integer(text: string | null, absent: number): number {
  if (text === null) return absent;
  return /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
}
