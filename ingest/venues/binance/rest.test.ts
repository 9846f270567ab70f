import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExchangeCandle } from '#ingest/feed.ts';
import { marketHeader } from '#ingest/origin.ts';
import { CoolDownError, Limiter } from '#ingest/transport/limiter.ts';
import type { LocalExchange } from '#ingest/venues/blofin/local/server.ts';
import { UserError } from '#lib/errors.ts';
import { failedAnswers } from './local/failures.ts';
import { openRecording } from './local/recording.ts';
import { startExchange } from './local/server.ts';
import { reachable } from './reachable.ts';
import { BinanceRest, type BinanceRestOptions } from './rest.ts';

const minute = 60_000;
/** The minute that is forming now; the candles of the file end with it. */
const forming = Math.floor(Date.now() / minute) * minute;
const bars = 2_600;
const first = forming - (bars - 1) * minute;
/** No trading for longer than a page has room for: an empty window is not the end of history. */
const halt = { from: first + 300 * minute, to: first + 1_400 * minute };
let directory: string;
let exchange: LocalExchange;
let proxy: Server | undefined;

const price = (ms: number) => 100 + ((ms / minute) % 50);
const times = Array.from({ length: bars }, (_, i) => first + i * minute).filter((t) => t < halt.from || t >= halt.to);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'binance-rest-'));
  await mkdir(join(directory, 'bars'));
  const rows = times.map((t) => `${t},${price(t)},${price(t) + 2},${price(t) - 1},${price(t) + 1},${price(t) / 10}`);
  const csv = ['open_time,open,high,low,close,volume', ...rows].join('\n');
  for (const name of ['AAA-USDT', '1000PEPE-USDT']) await writeFile(join(directory, 'bars', `${name}.csv`), csv);
  const push = {
    stream: 'aaausdt@aggTrade',
    data: { e: 'aggTrade', s: 'AAAUSDT', a: 9, p: '5', q: '2', T: first, m: true },
  };
  const lines = [3, 1, 2].map((a) => ({ recv: first, frame: { ...push, data: { ...push.data, a, T: first + a } } }));
  await writeFile(join(directory, 'a.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const of = { venue: 'test-um' };
  const recordings = [
    { path: 'a.jsonl', kind: 'binance-frames', ...of },
    { path: 'bars', kind: 'candles-csv', ...of },
  ];
  await writeFile(join(directory, 'manifest.json'), JSON.stringify({ recordings }));
  exchange = await startExchange({ market: await openRecording(directory), speed: Infinity });
});
afterEach(async () => {
  proxy?.close();
  proxy?.closeAllConnections();
  proxy = undefined;
  await exchange.close();
  await rm(directory, { recursive: true });
});

function restOf(options: Partial<BinanceRestOptions> = {}) {
  const limiter = new Limiter({ perMinute: 60_000, burst: 1_000 });
  return new BinanceRest({ url: exchange.restUrl, limiter, retryMs: 1, ...options });
}

async function all(pages: AsyncIterable<ExchangeCandle[]>) {
  const read: ExchangeCandle[][] = [];
  for await (const page of pages) read.push(page);
  return read;
}

/** A proxy that keeps only the first `rows` rows of each answer, and counts the requests. */
async function cappedProxy(rows: number) {
  const seen = { requests: 0 };
  const server = createServer(async (request, response) => {
    seen.requests += 1;
    const answer = await fetch(exchange.restUrl + request.url);
    const body: unknown = await answer.json();
    response.setHeader(marketHeader, answer.headers.get(marketHeader)!);
    response.end(JSON.stringify(Array.isArray(body) ? body.slice(0, rows) : body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy = server;
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, seen };
}

describe('BinanceRest', () => {
  it('walks history from the newest page to the oldest, each minute once, over a halt of trading', async () => {
    const pages = await all(restOf().history({ symbol: 'AAA-USDT', from: 0, to: Date.now() * 1_000 + 3_600e6 }));
    expect(pages.length).toBeGreaterThan(1);
    const got = pages.reverse().flat();
    const closed = times.filter((t) => t < forming);
    // The minute that ended just now may still be settling.
    const sure = closed.filter((t) => t < forming - minute);
    expect(got.slice(0, sure.length).map((candle) => candle.ts)).toEqual(sure.map((t) => t * 1_000));
    expect(got.length).toBeGreaterThanOrEqual(sure.length);
    expect(got.every((candle) => candle.ts < forming * 1_000)).toBe(true);
    expect(got[7]).toEqual({
      ...{ venue: 'test-um', symbol: 'AAA-USDT', source: 'replay', ts: times[7] * 1_000, open: price(times[7]) },
      ...{ high: price(times[7]) + 2, low: price(times[7]) - 1, close: price(times[7]) + 1 },
      ...{ volume: price(times[7]) / 10, quoteVolume: null, buyVolume: null, trades: null },
    });
  });

  it('gives the minutes of [from, to) and no other, by as many requests as pages', async () => {
    const { url, seen } = await cappedProxy(10_000);
    const from = halt.to * 1_000;
    const to = (halt.to + 1_150 * minute) * 1_000;
    const rest = restOf({ url });
    await rest.instruments();
    seen.requests = 0;
    const got = (await all(rest.history({ symbol: 'AAA-USDT', from, to }))).reverse().flat();
    expect(got.map((candle) => candle.ts)).toEqual(Array.from({ length: 1_150 }, (_, i) => from + i * 60e6));
    // Where history begins, and two pages of up to 1,000.
    expect(seen.requests).toBe(3);
    expect(await all(rest.history({ symbol: 'AAA-USDT', from: to, to }))).toEqual([]);
    expect(await all(rest.history({ symbol: 'AAA-USDT', from: 0, to: first * 1_000 }))).toEqual([]);
  });

  it.each([100, 7])('goes on where a server gives pages of %i rows, whatever was asked for', async (rows) => {
    const { url } = await cappedProxy(rows);
    const query = { symbol: 'AAA-USDT', from: (halt.to - 50 * minute) * 1_000, to: (halt.to + 200 * minute) * 1_000 };
    const got = (await all(restOf({ url }).history(query))).flat();
    expect(got).toEqual((await all(restOf().history(query))).flat());
    expect(got.length).toBe(200);
  });

  it('leaves out the bar that is still forming, by the server’s clock', async () => {
    const raw = await fetch(`${exchange.restUrl}/fapi/v1/klines?symbol=AAAUSDT&interval=1m&limit=2`);
    const rows = (await raw.json()) as number[][];
    expect(rows.map((row) => row[0])).toEqual([forming - minute, forming]);
    const newest = (await restOf().newestMinute('AAA-USDT'))! / 1_000;
    expect([forming - 2 * minute, forming - minute]).toContain(newest);
  });

  it('states candles per coin where the venue lists a thousand', async () => {
    const query = { symbol: 'PEPE-USDT', from: first * 1_000, to: (first + minute) * 1_000 };
    const [[candle]] = await all(restOf().history(query));
    const exact = (text: string) => Number(`${text}e-3`);
    expect(candle.open).toBe(exact(String(price(first))));
    expect(candle.volume).toBe((price(first) / 10) * 1_000);
  });

  it('ranks by the quote volume of 24 hours', async () => {
    const [ticker] = (await restOf().tickers()).filter(({ symbol }) => symbol === 'AAA-USDT');
    const day = times.slice(-1_440);
    const expected = day.reduce((sum, t) => sum + (price(t) / 10) * (price(t) + 1), 0);
    expect(ticker.quoteVolume24h).toBeCloseTo(expected, 3);
  });

  it('gives the last trades by time, with the ids of the feed', async () => {
    exchange.play();
    await exchange.finished;
    const trades = await restOf().trades('AAA-USDT');
    expect(trades).toMatchObject(
      [1, 2, 3].map((a) => ({ eventId: `a${a}`, ts: (first + a) * 1_000, side: 'sell', price: 5, size: 2 })),
    );
  });

  it('is unsuspended by nothing but time: 429 stops every call for as long as it says, without another request', async () => {
    const rest = restOf();
    exchange.faults.failRest(1, failedAnswers.tooManyRequests);
    const refused = await rest.instruments().catch((error) => error);
    expect(refused).toBeInstanceOf(CoolDownError);
    expect(refused.waitMs).toBe(17_000);
    await expect(rest.tickers()).rejects.toThrow(/429/);
    const banned = restOf();
    exchange.faults.failRest(1, failedAnswers.banned);
    expect((await banned.instruments().catch((error) => error)).waitMs).toBe(7_200_000);
    const walled = restOf({ coolDownMs: 1_234 });
    exchange.faults.failRest(1, failedAnswers.forbidden);
    expect((await walled.instruments().catch((error) => error)).waitMs).toBe(1_234);
  });

  it.each(['htmlInstead', 'unavailable', 'disconnected'] as const)(
    'tries again after %s, a bounded number of times',
    async (name) => {
      exchange.faults.failRest(2, failedAnswers[name]);
      expect((await restOf({ retries: 2 }).instruments()).size).toBe(2);
      exchange.faults.failRest(2, failedAnswers[name]);
      const failed = await restOf({ retries: 1 })
        .instruments()
        .catch((error) => error);
      expect(failed).toBeInstanceOf(UserError);
      expect(failed.message).toMatch(/no usable answer in 2 tries/);
    },
  );

  it.each([
    ['parameterError', /refuses .*-1121, "Invalid symbol\."/],
    ['restricted', /not served to this place/],
  ] as const)('does not try again after %s', async (name, message) => {
    exchange.faults.failRest(1, failedAnswers[name]);
    await expect(restOf().instruments()).rejects.toThrow(message);
  });

  it('says whose market it is, what is not listed, and whether anybody answers usefully', async () => {
    const rest = restOf();
    expect(await rest.origin()).toEqual({ venue: 'test-um', kind: 'recording' });
    await expect(rest.trades('ZZZ-USDT')).rejects.toThrow(/does not list ZZZ-USDT/);
    expect(await reachable(exchange.restUrl)).toBe(true);
    expect(await reachable('http://127.0.0.1:1')).toBe(false);
    exchange.faults.failRest(1, failedAnswers.htmlInstead);
    expect(await reachable(exchange.restUrl)).toBe(false);
  });
});
