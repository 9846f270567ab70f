import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { ExchangeCandle } from '#ingest/feed.ts';
import { failedAnswers } from '#ingest/local_exchange/faults.ts';
import type { Market } from '#ingest/local_exchange/market.ts';
import { marketHeader } from '#ingest/origin.ts';
import { CoolDownError, Limiter } from '#ingest/transport/limiter.ts';
import { UserError } from '#lib/errors.ts';
import { openRecording } from './local/recording.ts';
import { type LocalExchange, startExchange } from './local/server.ts';
import { simulateMarket } from './local/simulated.ts';
import { reachable } from './reachable.ts';
import { BlofinRest, type BlofinRestOptions } from './rest.ts';

const recordings = process.env.TICKFOREST_RECORDINGS;
const start = Date.UTC(2026, 0, 5, 12);
let exchange: LocalExchange;
let proxy: Server | undefined;

async function serve(market: Market, options: Partial<BlofinRestOptions> = {}) {
  exchange = await startExchange({ market, speed: Infinity });
  const limiter = new Limiter({ perMinute: 60_000, burst: 1_000 });
  return new BlofinRest({ url: exchange.restUrl, limiter, retryMs: 1, ...options });
}

const simulated = (more = {}) =>
  simulateMarket({ symbols: ['AAA-USDT', 'BBB-USDT'], seed: 7, start, historyMinutes: 3_000, ...more });

async function all(pages: AsyncIterable<ExchangeCandle[]>) {
  const read: ExchangeCandle[][] = [];
  for await (const page of pages) read.push(page);
  return read;
}

afterEach(async () => {
  proxy?.close();
  proxy?.closeAllConnections();
  proxy = undefined;
  await exchange.close();
});

describe('BlofinRest', () => {
  it.skipIf(!recordings)('walks a recorded history: every minute of the CSV once, as stated there', async () => {
    const rest = await serve(await openRecording(recordings!));
    const pages = await all(rest.history({ symbol: 'SOL-USDT', from: 0, to: Date.now() * 1_000 }));
    const csv = gunzipSync(readFileSync(join(recordings!, 'candles-1m', 'SOL-USDT.csv.gz'))).toString();
    const expected = csv.trim().split('\n').slice(1);
    const got = pages.reverse().flat();
    expect(got.length).toBe(expected.length);
    const asCsv = (candle: ExchangeCandle) =>
      [candle.ts / 1_000, candle.open, candle.high, candle.low, candle.close, candle.volume].join();
    expect(got.map(asCsv)).toEqual(expected.map((line) => line.split(',').map(Number).join()));
    expect(new Set(got.map((candle) => `${candle.venue} ${candle.source}`))).toEqual(new Set(['binance-um replay']));
    expect(got.every((candle) => candle.quoteVolume === null)).toBe(true);
  });

  it('gives the minutes of [from, to) and no other', async () => {
    const rest = await serve(simulated());
    const from = (start - 2_000 * 60_000) * 1_000;
    const to = (start - 100 * 60_000) * 1_000;
    const pages = await all(rest.history({ symbol: 'AAA-USDT', from, to }));
    expect(pages.length).toBeGreaterThan(1);
    const times = pages.reverse().flatMap((page) => page.map((candle) => candle.ts));
    expect(times).toEqual(Array.from({ length: 1_900 }, (_, i) => from + i * 60e6));
  });

  // With one row a page, every second page holds but the overlap.
  it.each([100, 1])('does not take a page of %i rows, whatever was asked for, for the end of history', async (rows) => {
    const rest = await serve(simulated());
    const bars = 3 * rows + 50;
    const short = new BlofinRest({
      url: await cappedProxy(exchange.restUrl, rows),
      limiter: new Limiter({ perMinute: 60_000, burst: 1_000 }),
    });
    const from = (start - bars * 60_000) * 1_000;
    const got = (await all(short.history({ symbol: 'AAA-USDT', from, to: start * 1_000 }))).reverse().flat();
    expect(got).toEqual((await all(rest.history({ symbol: 'AAA-USDT', from, to: start * 1_000 }))).reverse().flat());
    expect(got.length).toBe(bars);
  });

  it('ends at the beginning of history', async () => {
    const rest = await serve(simulated());
    const got = (await all(rest.history({ symbol: 'BBB-USDT', from: 0, to: start * 1_000 }))).flat();
    expect(got.length).toBe(3_000);
  });

  it('leaves out the bar that is still forming', async () => {
    const rest = await serve(simulated({ historyMinutes: 5, minutes: 3 }));
    exchange.play();
    await exchange.finished;
    const last = start + 2 * 60_000;
    expect(exchange.now()).toBeGreaterThan(last);
    const raw = await fetch(`${exchange.restUrl}/api/v1/market/candles?instId=AAA-USDT&limit=2`);
    const { data } = (await raw.json()) as { data: string[][] };
    expect(data.map((row) => [Number(row[0]), row[8]])).toEqual([
      [last, '0'],
      [last - 60_000, '1'],
    ]);
    expect((await rest.candles({ symbol: 'AAA-USDT', limit: 3 })).at(-1)!.ts).toBe((last - 60_000) * 1_000);
  });

  it('gives the last trades oldest first, in base coin, with the ids that the feed has too', async () => {
    const rest = await serve(simulated({ minutes: 5 }));
    exchange.play();
    await exchange.finished;
    const trades = await rest.trades('BBB-USDT');
    expect(trades.length).toBe(100);
    expect(trades.map((tick) => Number(tick.eventId))).toEqual(
      trades.map((tick) => Number(tick.eventId)).sort((a, b) => a - b),
    );
    expect(trades[0]).toMatchObject({ venue: 'sim', source: 'rest', kind: 'trade' });
  });

  it('is unsuspended by nothing but time: 429 stops every call, without another request', async () => {
    const rest = await serve(simulated());
    exchange.faults.failRest(1, failedAnswers.tooManyRequests);
    const refused = await rest.instruments().catch((error) => error);
    expect(refused).toBeInstanceOf(CoolDownError);
    expect(refused.waitMs).toBe(300_000);
    // The exchange would answer again; nobody asks.
    exchange.faults.failRest(1, failedAnswers.htmlInstead);
    const later = await rest.candles({ symbol: 'AAA-USDT' }).catch((error) => error);
    expect(later).toBeInstanceOf(CoolDownError);
    expect(later.waitMs).toBeLessThanOrEqual(300_000);
    expect(later.remedy).toMatch(/requestsPerMinute/);
    expect(exchange.faults.takeRest()).toBe(failedAnswers.htmlInstead);
  });

  it('asks again once the suspension is over', async () => {
    const rest = await serve(simulated(), { coolDownMs: 1 });
    exchange.faults.failRest(1, failedAnswers.tooManyRequests);
    await expect(rest.instruments()).rejects.toThrow(CoolDownError);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await rest.instruments()).size).toBe(2);
  });

  it('takes an HTML 403 for the firewall and cools down, for longer where the server says so', async () => {
    const rest = await serve(simulated());
    exchange.faults.failRest(1, { ...failedAnswers.forbidden, headers: { 'retry-after': '3600' } });
    const refused = await rest.instruments().catch((error) => error);
    expect(refused).toBeInstanceOf(CoolDownError);
    expect(refused.message).toMatch(/403/);
    expect(refused.waitMs).toBe(3_600_000);
  });

  it('retries what may pass: HTML, 503, an internal error over HTTP 200', async () => {
    const rest = await serve(simulated());
    exchange.faults.failRest(1, failedAnswers.htmlInstead);
    exchange.faults.failRest(1, failedAnswers.unavailable);
    exchange.faults.failRest(1, failedAnswers.internalError);
    expect((await rest.instruments()).size).toBe(2);
  });

  it('gives up after a bounded number of tries and says what to check', async () => {
    const rest = await serve(simulated(), { retries: 2 });
    exchange.faults.failRest(10, failedAnswers.unavailable);
    const failed = await rest.instruments().catch((error) => error);
    expect(failed).toBeInstanceOf(UserError);
    expect(failed.sentence).toMatch(/in 3 tries.*HTTP 503.*market.restUrl/s);
    let left = 0;
    while (exchange.faults.takeRest()) left += 1;
    expect(left).toBe(7);
  });

  it('does not retry a refusal: code ≠ 0 over HTTP 200', async () => {
    const rest = await serve(simulated());
    await expect(rest.candles({ symbol: 'NONE-USDT' })).rejects.toThrow(/does not list NONE-USDT/);
    exchange.faults.failRest(2, failedAnswers.parameterError);
    await expect(rest.candles({ symbol: 'AAA-USDT' })).rejects.toThrow(/152002/);
    expect(exchange.faults.takeRest()).toBe(failedAnswers.parameterError);
    exchange.faults.failRest(2, failedAnswers.parameterError);
    await expect(rest.tickers()).rejects.toThrow(/152002/);
    expect(exchange.faults.takeRest()).toBe(failedAnswers.parameterError);
  });

  it('says so when the address answers nothing', async () => {
    const rest = await serve(simulated(), { url: 'http://127.0.0.1:1', retries: 1 });
    await expect(rest.instruments()).rejects.toThrow(/ECONNREFUSED|bad port|no usable answer/);
    expect(await reachable('http://127.0.0.1:1')).toBe(false);
    expect(await reachable(exchange.restUrl)).toBe(true);
    exchange.faults.failRest(1, failedAnswers.htmlInstead);
    expect(await reachable(exchange.restUrl)).toBe(false);
  });

  it('reads whose market it is; a mark that it cannot read is an error', async () => {
    const rest = await serve(simulated());
    expect(await rest.origin()).toEqual({ venue: 'sim', kind: 'simulated' });
  });
});

/** A proxy that keeps only the first `rows` rows of each answer. */
async function cappedProxy(target: string, rows: number): Promise<string> {
  const server = createServer(async (request, response) => {
    const answer = await fetch(target + request.url);
    const body = (await answer.json()) as { data: unknown[] };
    response.setHeader(marketHeader, answer.headers.get(marketHeader)!);
    response.end(JSON.stringify({ ...body, data: body.data.slice(0, rows) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy = server;
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}
