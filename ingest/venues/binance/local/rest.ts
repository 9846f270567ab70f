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

/** The answer to a GET in Binance's futures protocol, as far as tickforest asks. */
export async function answer(url: URL, { market, tape, now }: RestSources): Promise<RestAnswer> {
  const query = url.searchParams;
  if (url.pathname === '/fapi/v1/time') return ok({ serverTime: Math.floor(now()) });
  if (url.pathname === '/fapi/v1/exchangeInfo') {
    return ok({ symbols: market.instruments.map((row) => symbolRow(row, market)) });
  }
  if (url.pathname === '/fapi/v1/ticker/24hr') {
    const rows = await Promise.all(
      market.instruments.map(async (row) => dayRow(row, await market.candles(row.instId))),
    );
    return ok(rows.filter((row) => row !== null));
  }
  const symbol = query.get('symbol');
  if (symbol === null)
    return refusal(-1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.");
  const listed = market.instruments.find((row) => nameOf(row) === symbol);
  if (!listed) return refusal(-1121, 'Invalid symbol.');
  const limit = integer(query.get('limit'), 500);
  if (!(limit >= 1)) return invalid('limit');
  switch (url.pathname) {
    case '/fapi/v1/klines':
      return klines(query, await market.candles(listed.instId), Math.min(limit, 1_500));
    case '/fapi/v1/aggTrades':
      return ok(tape.trades(`${symbol.toLowerCase()}@aggTrade`, limit).map(({ e: _e, E: _E, s: _s, ...row }) => row));
    case '/fapi/v1/trades':
      return ok(
        tape
          .trades(`${symbol.toLowerCase()}@trade`, limit)
          .filter(({ X }) => X === undefined || X === 'MARKET')
          .map(({ t, p, q, T, m }) => ({ id: t, price: p, qty: q, time: T, isBuyerMaker: m })),
      );
    default:
      return { status: 404, body: { code: -5000, msg: `Path ${url.pathname} is invalid` } };
  }
}

function symbolRow(row: InstrumentRow, market: BinanceRecording) {
  const symbol = nameOf(row);
  return {
    ...{ symbol, pair: symbol, contractType: 'PERPETUAL', status: 'TRADING' },
    ...{ baseAsset: row.baseCurrency, quoteAsset: row.quoteCurrency, marginAsset: row.quoteCurrency },
    // Not in Binance's answer: only one of the two series was recorded.
    tradeStream: market.tradeStream(symbol),
  };
}

/** The last 24 hours of its candles; null where there are none. */
function dayRow(row: InstrumentRow, series: CandleSeries) {
  if (series.length === 0) return null;
  let volume = 0;
  let quoteVolume = 0;
  for (let i = Math.max(0, series.length - dayMinutes); i < series.length; i++) {
    const [, , , , close, , base, quote] = series.rowAt(i);
    volume += Number(base);
    // Where no quote volume was recorded, the close stands for the price of the minute.
    quoteVolume += quote === '' ? Number(base) * Number(close) : Number(quote);
  }
  const closeTime = series.timeAt(series.length - 1) + minute - 1;
  return { symbol: nameOf(row), volume: String(volume), quoteVolume: String(quoteVolume), closeTime };
}

/** From `startTime` on, ascending; without it the latest ones. Both times inclusive. */
function klines(query: URLSearchParams, series: CandleSeries, limit: number): RestAnswer {
  if (query.get('interval') !== '1m') return invalid('interval');
  const from = integer(query.get('startTime'), -Infinity);
  const to = integer(query.get('endTime'), Infinity);
  if (Number.isNaN(from) || Number.isNaN(to)) return invalid('startTime');
  const inside = Array.from({ length: series.length }, (_, i) => i).filter(
    (i) => series.timeAt(i) >= from && series.timeAt(i) <= to,
  );
  const chosen = from === -Infinity ? inside.slice(-limit) : inside.slice(0, limit);
  return ok(
    chosen.map((i) => {
      const [time, open, high, low, close, , base, quote] = series.rowAt(i);
      const openTime = Number(time);
      // Trades and taker volumes were not recorded.
      return [openTime, open, high, low, close, base, openTime + minute - 1, quote, '', '', '', '0'];
    }),
  );
}

function integer(text: string | null, absent: number): number {
  if (text === null) return absent;
  return /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
}
