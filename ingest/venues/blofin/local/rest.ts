import { barMinutes, coarser } from '#ingest/local_exchange/coarser.ts';
import type { CandleSeries, CandleTuple, Market } from '#ingest/local_exchange/market.ts';
import type { Tape } from './tape.ts';

/** What REST answers are made from. `now`: market time in milliseconds. */
export interface RestSources {
  market: Market;
  tape: Tape;
  now(): number;
}

export interface RestAnswer {
  status: number;
  body: unknown;
}

const maxCandles = 1_440;
const ok = (data: unknown[]): RestAnswer => ({ status: 200, body: { code: '0', msg: 'success', data } });
/** Refusals come as HTTP 200 without data. */
const refusal = (code: string, msg: string): RestAnswer => ({ status: 200, body: { code, msg } });
const parameterError = refusal('152002', 'Parameter error');
/** What Blofin has and no recording: these paths exist, so that they do not get the answer of one that is not routed. */
const notRecorded = new Set(
  ['books', 'mark-price', 'funding-rate', 'funding-rate-history', 'index-candles', 'mark-price-candles'].concat(
    'position-tiers',
    'open-interest',
  ),
);
/** Blofin writes hours and days in capitals. */
const bars = new Map(
  Object.entries(barMinutes).map(([name, minutes]) => [name.replace(/[hd]$/, (unit) => unit.toUpperCase()), minutes]),
);

/** The answer to a GET in Blofin's REST protocol; a path that is not routed gets HTTP 401, as there. */
export async function answer(url: URL, { market, tape, now }: RestSources): Promise<RestAnswer> {
  const instId = url.searchParams.get('instId');
  const known = market.instruments.some((row) => row.instId === instId);
  if (instId !== null && !known) return parameterError;
  const chosen = market.instruments.filter((row) => instId === null || row.instId === instId);
  switch (url.pathname) {
    case '/api/v1/market/instruments': {
      const steps = await market.steps?.();
      return ok(chosen.map((row) => ({ ...row, ...steps?.get(row.instId) })));
    }
    case '/api/v1/market/tickers': {
      const tickers: unknown[] = [];
      for (const row of chosen) {
        const ticker = tape.ticker(row.instId) ?? (await market.summary(row.instId, now()));
        if (ticker) tickers.push(ticker);
      }
      return ok(tickers);
    }
    case '/api/v1/market/trades': {
      const limit = integer(url.searchParams.get('limit'), 100);
      if (instId === null) return refusal('152001', 'Parameter instId cannot be empty');
      return limit === null || limit < 1 ? parameterError : ok(tape.trades(instId, limit));
    }
    case '/api/v1/market/candles': {
      if (instId === null) return refusal('152001', 'Parameter instId cannot be empty');
      return candles(url.searchParams, await market.candles(instId, now()));
    }
    default:
      if (notRecorded.has(url.pathname.replace('/api/v1/market/', ''))) {
        return refusal('404', `Not found: this market has no ${url.pathname.split('/').at(-1)}`);
      }
      return { status: 401, body: { code: '401', msg: 'Unauthorized' } };
  }
}

/**
 * `after`: strictly older. `before`: strictly newer, but the latest rows, not the next. Both: the window between. Newest
 * first.
 */
function candles(query: URLSearchParams, minutes: CandleSeries): RestAnswer {
  const bar = bars.get(query.get('bar') ?? '1m');
  const after = integer(query.get('after'), Infinity);
  const before = integer(query.get('before'), -Infinity);
  const limit = integer(query.get('limit'), 500);
  if (bar === undefined || after === null || before === null || limit === null || limit < 1) return parameterError;
  const series = coarser(minutes, bar);
  const rows: CandleTuple[] = [];
  for (let i = firstAtOrAfter(series, after) - 1; i >= 0 && series.timeAt(i) > before; i--) {
    if (rows.length === Math.min(limit, maxCandles)) break;
    rows.push(series.rowAt(i));
  }
  return ok(rows);
}

/** Position of the first candle with time ≥ t, by bisection. */
function firstAtOrAfter(series: CandleSeries, t: number): number {
  let low = 0;
  let high = series.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (series.timeAt(middle) < t) low = middle + 1;
    else high = middle;
  }
  return low;
}

function integer(text: string | null, absent: number): number | null {
  if (text === null) return absent;
  return /^\d{1,16}$/.test(text) ? Number(text) : null;
}
