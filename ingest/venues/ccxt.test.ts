import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip, gzipSync } from 'node:zlib';
import ccxt from 'ccxt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalExchange } from '#ingest/local_exchange/market_server.ts';
import { venues } from './registry.ts';

const recordings = process.env.TICKFOREST_RECORDINGS;
const minute = 60_000;
const hour = Date.UTC(2026, 0, 5, 12);
let directory: string;
let exchange: LocalExchange;
let client: InstanceType<typeof ccxt.Exchange>;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ccxt-'));
});
afterEach(async () => {
  await client.close();
  await exchange.close();
  await rm(directory, { recursive: true });
});

/** A client as its users have it, with nothing but other addresses. */
async function clientOf(venue: 'blofin' | 'binance-um'): Promise<void> {
  const options = { enableRateLimit: false, options: { tradesLimit: 100_000 } };
  client = venue === 'blofin' ? new ccxt.pro.blofin(options) : new ccxt.pro.binanceusdm(options);
  const { api } = client.urls;
  if (venue === 'blofin') {
    api.rest = exchange.restUrl;
    api.ws.swap.public = exchange.wsUrl;
  } else {
    api.fapiPublic = `${exchange.restUrl}/fapi/v1`;
    api.ws.future = `${exchange.wsUrl}/ws`;
  }
  await client.loadHttpProxyAgent();
  await client.loadMarkets();
}

async function serve(venue: 'blofin' | 'binance-um', from: string, options = {}): Promise<void> {
  exchange = await venues[venue].local.replay(from, { speed: Infinity, ...options });
  await clientOf(venue);
}

/** All that a watch gives until the exchange hangs up. */
async function watched<T>(watch: () => Promise<T>): Promise<T[]> {
  const got: T[] = [];
  try {
    for (;;) got.push(await watch());
  } catch (error) {
    if (!(error instanceof ccxt.NetworkError)) throw error;
    return got;
  }
}

interface Traded {
  id?: string;
  timestamp?: number;
  price?: number;
  amount?: number;
  side?: string;
}

const asText = ({ id, timestamp, price, amount, side }: Traded) => [id, timestamp, price, amount, side].join();

/** Lines of a recording of the shared ones, read without any of our code. */
async function linesOf(path: string, most = Infinity): Promise<string[]> {
  const lines: string[] = [];
  const input = createReadStream(join(recordings!, path)).pipe(createGunzip());
  for await (const line of createInterface({ input })) {
    if (lines.push(line) === most) break;
  }
  return lines;
}

/** 66 minutes from a full hour on: minute i opens at 100 + i, moves by 1 both ways and closes a half above. */
function candles(): string {
  const rows = Array.from({ length: 66 }, (_, i) => [hour + i * minute, 100 + i, 101 + i, 99 + i, 100.5 + i, 0.2]);
  return ['open_time,open,high,low,close,volume', ...rows].join('\n');
}

const blofinPush = (channel: string, row: object) =>
  JSON.stringify({
    recv: hour,
    frame: { arg: { channel, instId: 'AAA-USDT' }, data: [{ instId: 'AAA-USDT', ...row }] },
  });
const binancePush = (channel: string, data: object) =>
  `${hour}000000 ${JSON.stringify({ stream: `aaausdt@${channel}`, data: { e: channel, s: 'AAAUSDT', ...data } })}`;

const inputs = {
  blofin: {
    ...{ kind: 'blofin-frames', path: 'frames.jsonl.gz', contractValue: { 'AAA-USDT': '0.1' }, amounts: [7, 2] },
    lines: [
      blofinPush('trades', { tradeId: '11', price: '165.50', size: '7', side: 'sell', ts: String(hour + 1) }),
      blofinPush('tickers', { last: '165.5', bidPrice: '165', bidSize: '2', askPrice: '166', askSize: '3', ts: '5' }),
      blofinPush('trades', { tradeId: '12', price: '165.25', size: '2', side: 'buy', ts: String(hour + 2) }),
    ],
    precision: { price: 0.01, amount: 1 },
  },
  'binance-um': {
    ...{ kind: 'binance-frames', path: 'frames.txt.gz', contractValue: undefined, amounts: [0.7, 0.2] },
    lines: [
      binancePush('trade', { t: 11, T: hour + 1, p: '165.50', q: '0.7', X: 'MARKET', m: true }),
      binancePush('bookTicker', { u: 1, b: '165', B: '2', a: '166', A: '3', T: hour, E: hour }),
      binancePush('trade', { t: 12, T: hour + 2, p: '165.25', q: '0.2', X: 'MARKET', m: false }),
    ],
    precision: { price: 0.01, amount: 0.1 },
  },
};

describe.each(['blofin', 'binance-um'] as const)('a client of ccxt at the local exchange of %s', (venue) => {
  const symbol = 'AAA/USDT:USDT';
  const { lines, kind, path, contractValue, amounts, precision } = inputs[venue];

  beforeEach(async () => {
    await writeFile(join(directory, path), gzipSync(lines.join('\n')));
    await writeFile(join(directory, 'AAA-USDT.csv'), candles());
    const entries = [
      { path, kind, venue: 'test', contractValue },
      { path: 'AAA-USDT.csv', kind: 'candles-csv', venue: 'test' },
    ];
    await writeFile(join(directory, 'manifest.json'), JSON.stringify({ recordings: entries }));
  });

  it('reads the listing, candles of three lengths and the day', async () => {
    await serve(venue, directory);
    const [market] = await client.fetchMarkets();
    expect(market).toMatchObject({ symbol, active: true, precision, limits: { amount: { min: precision.amount } } });
    // Volumes are in base coin at both, and sums of tenths are exact.
    const bar = (i: number, minutes: number) => {
      const open = hour + i * minute;
      return [open, 100 + i, 100 + i + minutes, 99 + i, 99.5 + i + minutes, (2 * minutes) / 10];
    };
    const ones = await client.fetchOHLCV(symbol, '1m');
    expect(ones).toEqual(Array.from({ length: 66 }, (_, i) => bar(i, 1)));
    const fives = await client.fetchOHLCV(symbol, '5m');
    expect(fives).toEqual([...Array.from({ length: 13 }, (_, i) => bar(5 * i, 5)), bar(65, 1)]);
    expect(await client.fetchOHLCV(symbol, '1h')).toEqual([bar(0, 60), bar(60, 6)]);
    const until = hour + 15 * minute;
    const before = await client.fetchOHLCV(symbol, '5m', undefined, 2, {
      until: venue === 'blofin' ? until : until - 1,
    });
    expect(before).toEqual([bar(5, 5), bar(10, 5)]);
    expect(await client.fetchOHLCV(symbol, '5m', hour + 50 * minute)).toEqual(fives.slice(10));
    await expect(client.fetchOHLCV(symbol, '1w')).rejects.toThrow(ccxt.BadRequest);
    expect(await client.fetchTicker(symbol)).toMatchObject({ last: 165.5, open: 100, high: 166, low: 99 });
  });

  it('gets an error with a type for what no recording has, instead of silence or an empty answer', async () => {
    await serve(venue, directory);
    await expect(client.fetchOrderBook(symbol)).rejects.toThrow(ccxt.BadRequest);
    await expect(client.fetchFundingRate(symbol)).rejects.toThrow(ccxt.BadRequest);
    await expect(client.fetchMarkPrice(symbol)).rejects.toThrow(ccxt.BadRequest);
    await expect(client.watchOrderBook(symbol)).rejects.toThrow(ccxt.ExchangeError);
    if (venue === 'binance-um') {
      await expect(client.fetchTrades(symbol)).rejects.toThrow(ccxt.BadRequest);
      await expect(client.watchTicker(symbol)).rejects.toThrow(/no aaausdt@miniTicker/);
    }
  });

  it('watches trades and quotes, and then finds the trades by REST', async () => {
    await serve(venue, directory);
    const quotes = watched(() =>
      venue === 'blofin' ? client.watchTicker(symbol) : client.watchBidsAsks([symbol]).then((all) => all[symbol]),
    );
    const trades = (await watched(() => client.watchTrades(symbol))).flat();
    const right = [`11,${hour + 1},165.5,${amounts[0]},sell`, `12,${hour + 2},165.25,${amounts[1]},buy`];
    expect(trades.map(asText)).toEqual(right);
    expect(await quotes).toMatchObject([{ bid: 165, bidVolume: 2, ask: 166, askVolume: 3 }]);
    const method = venue === 'blofin' ? 'publicGetMarketTrades' : 'fapiPublicGetTrades';
    expect((await client.fetchTrades(symbol, undefined, undefined, { method })).map(asText)).toEqual(right);
  });
});

describe.skipIf(!recordings)('a recorded spell, watched by ccxt (needs TICKFOREST_RECORDINGS)', () => {
  const symbols = ['BTC/USDT:USDT', 'ETH/USDT:USDT'];
  const byId = (texts: string[]) => texts.sort();

  it('gives each of 35,389 trades of Blofin’s protocol once, as recorded', async () => {
    await serve('blofin', recordings!);
    const tickers = symbols.map((symbol) => watched(() => client.watchTicker(symbol)));
    const trades = await Promise.all(symbols.map((symbol) => watched(() => client.watchTrades(symbol))));
    for (const [ticker] of await Promise.all(tickers)) expect(ticker).toMatchObject({ bid: expect.any(Number) });
    const recorded = (await linesOf('blofin-frames/binance-um-20240808.jsonl.gz')).flatMap((line) => {
      const { arg, data } = JSON.parse(line).frame;
      const asTrade = ({ tradeId, ts, price, size, side }: { [name: string]: string }) =>
        asText({ id: tradeId, timestamp: Number(ts), price: Number(price), amount: Number(size), side });
      return arg.channel === 'trades' ? data.map(asTrade) : [];
    });
    expect(recorded.length).toBe(35_389);
    expect(byId(trades.flat(2).map(asText))).toEqual(byId(recorded));
  });

  it('gives each trade of Binance’s protocol once, as recorded', async () => {
    const lines = await linesOf('binance-raw/um-20240808.txt.gz', 20_000);
    await writeFile(join(directory, 'a.txt.gz'), gzipSync(lines.join('\n')));
    const entry = { path: 'a.txt.gz', kind: 'binance-frames', venue: 'binance-um' };
    await writeFile(join(directory, 'manifest.json'), JSON.stringify({ recordings: [entry] }));
    await serve('binance-um', directory);
    const quotes = symbols.map((symbol) => watched(() => client.watchBidsAsks([symbol])));
    const trades = await Promise.all(symbols.map((symbol) => watched(() => client.watchTrades(symbol))));
    for (const got of await Promise.all(quotes)) expect(got.length).toBeGreaterThan(0);
    const recorded = lines.flatMap((line) => {
      const { data } = JSON.parse(line.slice(line.indexOf(' ')));
      const { t, T, p, q, m } = data;
      const trade = { id: String(t), timestamp: T, price: Number(p), amount: Number(q), side: m ? 'sell' : 'buy' };
      return data.e === 'trade' ? [asText(trade)] : [];
    });
    expect(recorded.length).toBeGreaterThan(1_000);
    expect(byId(trades.flat(2).map(asText))).toEqual(byId(recorded));
  });
});
