import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { LocalExchange } from '#ingest/venues/blofin/local/server.ts';
import { openRecording } from './recording.ts';
import { type ExchangeOptions, startExchange } from './server.ts';

const at = Date.UTC(2026, 0, 5, 12);
const entry = { path: 'a.txt.gz', kind: 'binance-frames', venue: 'test-um' };
const data = (e: string, more: object) => ({ e, s: 'AAAUSDT', T: at, p: '5', q: '1', m: false, ...more });
const pushes = [
  { stream: 'aaausdt@trade', data: data('trade', { t: 1, X: 'MARKET' }) },
  { stream: 'aaausdt@bookTicker', data: data('bookTicker', { u: 1 }) },
  { stream: 'aaausdt@trade', data: data('trade', { t: 2, X: 'INSURANCE_FUND' }) },
].map((push) => JSON.stringify(push));
let directory: string;
let exchange: LocalExchange | undefined;
const sockets: WebSocket[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'binance-exchange-'));
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await exchange?.close();
  exchange = undefined;
  await rm(directory, { recursive: true });
});

async function write(recordings: object[], files: { [name: string]: string | Buffer }) {
  await writeFile(join(directory, 'manifest.json'), JSON.stringify({ recordings }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
}

/** Receive time in nanoseconds and the frame, as a recorder of Binance's own frames wrote it. */
const text = (frames: string[]) => gzipSync(frames.map((frame, i) => `${at + i}165267 ${frame}\n`).join(''));

async function serve(options: Partial<ExchangeOptions> = {}) {
  exchange = await startExchange({ market: await openRecording(directory), speed: Infinity, ...options });
  return exchange;
}

async function connect(path: string) {
  const socket = new WebSocket(`${exchange!.wsUrl}${path}`);
  sockets.push(socket);
  const messages: string[] = [];
  socket.on('message', (message) => messages.push(message.toString()));
  await once(socket, 'open');
  const ask = async (request: unknown) => {
    const answered = once(socket, 'message');
    socket.send(typeof request === 'string' ? request : JSON.stringify(request));
    await answered;
    return JSON.parse(messages.at(-1)!);
  };
  return { socket, messages, ask };
}

const get = async (path: string) => {
  const response = await fetch(exchange!.restUrl + path);
  return { status: response.status, body: await response.json() };
};

describe('a recording of Binance frames', () => {
  it('is read in both forms: lines of nanoseconds, and what record writes, answers to requests passed over', async () => {
    await write([entry], { 'a.txt.gz': text(pushes) });
    const read = async () => {
      const frames = [];
      for await (const frame of (await openRecording(directory)).frames()) frames.push(frame);
      return frames;
    };
    const [first, ...rest] = await read();
    expect(first).toEqual({
      ...{ at: at + 0.165267, channel: 'trades', instId: 'AAAUSDT' },
      ...{ stream: 'aaausdt@trade', text: pushes[0] },
    });
    expect(rest.length).toBe(2);
    const lines = [
      `{"recv":${at},"socket":0,"frame":{"result":null,"id":1}}`,
      `{"recv":${at},"socket":0,"raw":"rubbish"}`,
      ...pushes.map((frame, i) => `{"recv":${at + i},"socket":${i % 2},"frame":${frame}}`),
    ];
    await mkdir(join(directory, 'frames'));
    const name = '2026-01-05T12-00-00-000Z.jsonl.gz';
    await writeFile(join(directory, 'frames', name), gzipSync(`${lines.join('\n')}\n`));
    const files = [{ name, rows: lines.length, from: '', to: '' }];
    await write([{ path: 'frames', kind: 'binance-um-frames', venue: 'test-um', files }], {});
    expect((await read()).map((frame) => frame.text)).toEqual(pushes);
  });

  it('plays the symbols that are asked for, by our names, and none that it lacks', async () => {
    const other = pushes[0].replaceAll('aaausdt', 'bbbusdt');
    await write([entry], { 'a.txt.gz': text([...pushes, other]) });
    const market = await openRecording(directory, { symbols: ['BBB-USDT'] });
    const texts = [];
    for await (const frame of market.frames()) texts.push(frame.text);
    expect(texts).toEqual([other]);
    expect(await market.topics()).toEqual(['bbbusdt@trade']);
    await expect(openRecording(directory, { symbols: ['BBB-USDT', 'CCC-USDT'] })).rejects.toThrow(
      /no frames of CCC-USDT/,
    );
  });

  it('fails where it is damaged, after what could be read', async () => {
    await write([entry], { 'a.txt.gz': text([pushes[0], '{"stream":']) });
    await expect(openRecording(directory)).rejects.toThrow(/damaged: line 2/);
    await write([{ ...entry, rows: 4 }], { 'a.txt.gz': text(pushes) });
    await expect(openRecording(directory)).rejects.toThrow(/3 frames where the manifest says 4/);
    await write([entry], { 'a.txt.gz': text(pushes).subarray(0, -9) });
    await expect(openRecording(directory)).rejects.toThrow(/damaged/);
    await write([entry], {});
    await rm(join(directory, 'a.txt.gz'));
    await expect(openRecording(directory)).rejects.toThrow(/damaged: ENOENT/);
  });

  it('is not chosen among several, nor made up where there is none', async () => {
    await write([entry, { ...entry, path: 'b.txt.gz' }], { 'a.txt.gz': text(pushes), 'b.txt.gz': text(pushes) });
    await expect(openRecording(directory)).rejects.toThrow(/2 recordings of Binance frames/);
    expect((await openRecording(directory, { frames: 'b.txt.gz' })).origin).toEqual({
      venue: 'test-um',
      kind: 'recording',
    });
    await write([{ ...entry, kind: 'blofin-frames' }], {});
    await expect(openRecording(directory)).rejects.toThrow(/0 recordings/);
  });

  it('says which series of trades it has: the aggregated one where there are both', async () => {
    const aggregated = JSON.stringify({ stream: 'aaausdt@aggTrade', data: data('aggTrade', { a: 1 }) });
    await write([entry], { 'a.txt.gz': text(pushes) });
    expect((await openRecording(directory)).tradeStream('AAAUSDT')).toBe('trade');
    await write([entry], { 'a.txt.gz': text([...pushes, aggregated]) });
    const market = await openRecording(directory);
    expect(market.tradeStream('AAAUSDT')).toBe('aggTrade');
    expect([...(await market.topics())].sort()).toEqual(['aaausdt@aggTrade', 'aaausdt@bookTicker']);
  });
});

describe('the local exchange', () => {
  beforeEach(() => write([entry], { 'a.txt.gz': text(pushes) }));

  it('acknowledges by id, pushes frames as recorded by the path they belong to, and ends', async () => {
    await serve({ autoplay: true });
    const market = await connect('/market/stream');
    const book = await connect('/public/stream?streams=aaausdt@bookTicker');
    expect(await market.ask({ method: 'SUBSCRIBE', params: ['zzzusdt@trade'], id: 7 })).toEqual({
      result: null,
      id: 7,
    });
    const closed = Promise.all([once(market.socket, 'close'), once(book.socket, 'close')]);
    market.socket.send(JSON.stringify({ method: 'SUBSCRIBE', params: ['aaausdt@trade'], id: 8 }));
    const [[code, reason]] = await closed;
    expect([code, String(reason)]).toEqual([1000, 'end of recording']);
    expect(market.messages.slice(1)).toEqual(['{"result":null,"id":8}', pushes[0], pushes[2]]);
    expect(book.messages).toEqual([pushes[1]]);
  });

  it('is silent about streams of the other path, and after UNSUBSCRIBE, though it acknowledges both', async () => {
    await serve();
    const wrong = await connect('/market/stream');
    const request = { method: 'SUBSCRIBE', params: ['aaausdt@bookTicker'], id: 1 };
    expect(await wrong.ask(request)).toEqual({ result: null, id: 1 });
    const gone = await connect('/market/stream?streams=aaausdt@trade');
    expect(await gone.ask({ method: 'UNSUBSCRIBE', params: ['aaausdt@trade'], id: 2 })).toEqual({
      result: null,
      id: 2,
    });
    exchange!.play();
    await exchange!.finished;
    await Promise.all([once(wrong.socket, 'close'), once(gone.socket, 'close')]);
    expect([wrong.messages.length, gone.messages.length]).toEqual([1, 1]);
  });

  it('sends bare pushes on /ws, whose path may name streams, to who asks on either path for trades', async () => {
    await serve({ autoplay: true });
    const named = await connect('/market/ws/aaausdt@trade');
    // As ccxt does: the path names a socket of its own.
    const { messages, ask, socket } = await connect('/public/ws/0');
    const closed = Promise.all([once(named.socket, 'close'), once(socket, 'close')]);
    await ask({ method: 'SUBSCRIBE', params: ['aaausdt@trade', 'aaausdt@bookTicker'], id: 1 });
    await closed;
    const bare = pushes.map((push) => JSON.parse(push).data);
    expect(messages.map((text) => JSON.parse(text))).toEqual([{ result: null, id: 1 }, ...bare]);
    expect(named.messages.map((text) => JSON.parse(text))).toEqual([bare[0], bare[2]]);
  });

  it('refuses the streams that Binance has and the recording has not, instead of silence', async () => {
    await serve();
    const { ask } = await connect('/market/ws');
    for (const stream of ['aaausdt@depth@100ms', 'aaausdt@ticker', 'aaausdt@aggTrade', '!miniTicker@arr']) {
      const params = ['aaausdt@trade', stream];
      expect(await ask({ method: 'SUBSCRIBE', params, id: 3 })).toEqual({
        error: { code: 2, msg: `Invalid request: the recording has no ${stream}` },
        id: 3,
      });
    }
  });

  it('starts with the first subscriber where told to', async () => {
    await serve({ autoplay: true, startsWithFirst: true });
    const { messages, socket } = await connect('/market/ws/aaausdt@trade');
    await once(socket, 'close');
    expect(messages.length).toBe(2);
  });

  it('refuses what it cannot understand, and any other path', async () => {
    await serve();
    const { ask } = await connect('/market/stream');
    for (const request of ['{', '[]', { method: 'PING' }, { method: 'SUBSCRIBE', params: ['x'], id: 1 }]) {
      expect(await ask(request)).toMatchObject({ error: { code: 2 } });
    }
    for (const path of ['/stream', '/ws', '/private/ws', '/market/other', '/constructor/ws']) {
      const [error] = await once(new WebSocket(`${exchange!.wsUrl}${path}`), 'error');
      expect(String(error)).toMatch(/404/);
    }
  });

  it('cuts off who asks more than ten times a second, and who answers no ping', async () => {
    await serve();
    const { socket } = await connect('/market/stream');
    for (let id = 1; id <= 11; id++) socket.send(JSON.stringify({ method: 'SUBSCRIBE', params: [], id }));
    const [, reason] = await once(socket, 'close');
    expect(String(reason)).toBe('Too many requests');
    await exchange!.close();
    await serve({ pingMs: 20 });
    const mute = new WebSocket(`${exchange!.wsUrl}/market/stream`, { autoPong: false });
    sockets.push(mute);
    const [, why] = await once(mute, 'close');
    expect(String(why)).toBe('Pong timeout');
  });

  it('marks every answer, and refuses by code', async () => {
    await serve();
    const response = await fetch(`${exchange!.restUrl}/fapi/v1/exchangeInfo`);
    expect(response.headers.get('x-tickforest-market')).toBe('venue=test-um; kind=recording');
    expect(await response.json()).toMatchObject({
      symbols: [{ symbol: 'AAAUSDT', baseAsset: 'AAA', quoteAsset: 'USDT', status: 'TRADING', tradeStream: 'trade' }],
    });
    expect(await get('/fapi/v1/ping')).toEqual({ status: 200, body: {} });
    expect(await get('/fapi/v1/klines?symbol=ZZZUSDT')).toMatchObject({ status: 400, body: { code: -1121 } });
    expect(await get('/fapi/v1/klines')).toMatchObject({ status: 400, body: { code: -1102 } });
    for (const [query, code] of [
      ['', -1102],
      ['&interval=7m', -1120],
      ['&interval=1H', -1120],
      ['&interval=1h&limit=x', -1130],
      ['&interval=1h&endTime=x', -1130],
      ['&interval=1h&startTime=2&endTime=1', -1023],
    ]) {
      expect(await get(`/fapi/v1/klines?symbol=AAAUSDT${query}`)).toMatchObject({ status: 400, body: { code } });
    }
    for (const path of ['depth', 'premiumIndex', 'fundingRate', 'openInterest', 'ticker/24hr', 'aggTrades']) {
      expect(await get(`/fapi/v1/${path}?symbol=AAAUSDT`)).toMatchObject({ status: 400, body: { code: -1020 } });
    }
    expect(await get('/fapi/v1/trades?symbol=AAAUSDT&limit=0')).toMatchObject({ status: 400, body: { code: -1130 } });
    expect(await get('/fapi/v1/nothing?symbol=AAAUSDT')).toMatchObject({ status: 404 });
  });

  it('gives by REST the market trades of what was played', async () => {
    await serve();
    expect((await get('/fapi/v1/trades?symbol=AAAUSDT')).body).toEqual([]);
    exchange!.play();
    await exchange!.finished;
    const row = { id: 1, price: '5', qty: '1', time: at, isBuyerMaker: false };
    expect((await get('/fapi/v1/trades?symbol=AAAUSDT')).body).toEqual([row]);
  });

  it('makes klines and the day of recorded candles, and reads the steps of price and size from the numbers', async () => {
    const rows = Array.from({ length: 13 }, (_, i) =>
      [at + i * 60_000, 10 + i, 50, 0.25, 10 + i + 0.5, '0.10', 1].join(),
    );
    const candles = ['open_time,open,high,low,close,volume,quote_volume', ...rows].join('\n');
    const files = { 'a.txt.gz': text(pushes), 'BBB-USDT.csv': candles };
    await write([entry, { path: 'BBB-USDT.csv', kind: 'candles-csv', venue: 'test-um' }], files);
    await serve();
    const minute = 60_000;
    const five = (i: number, size: string, quote: string, count: number) => {
      const open = at + i * minute;
      const close = String(10 + i + count - 0.5);
      return [open, String(10 + i), '50', '0.25', close, size, open + 5 * minute - 1, quote, '', '', '', '0'];
    };
    const klines = async (query: string) => (await get(`/fapi/v1/klines?symbol=BBBUSDT&interval=5m${query}`)).body;
    const bars = [five(0, '0.5', '5', 5), five(5, '0.5', '5', 5), five(10, '0.3', '3', 3)];
    expect(await klines('')).toEqual(bars);
    expect(await klines('&limit=2')).toEqual(bars.slice(1));
    expect(await klines(`&startTime=${at}&limit=1`)).toEqual(bars.slice(0, 1));
    expect(await klines(`&endTime=${at + 10 * minute - 1}`)).toEqual(bars.slice(0, 2));
    expect((await get('/fapi/v1/ticker/24hr?symbol=BBBUSDT')).body).toEqual({
      ...{ symbol: 'BBBUSDT', lastPrice: '22.5', openPrice: '10', highPrice: '50', lowPrice: '0.25' },
      ...{ volume: '1.3', quoteVolume: '13', closeTime: at + 13 * minute - 1 },
    });
    const { symbols } = (await get('/fapi/v1/exchangeInfo')).body as { symbols: { filters: object[] }[] };
    expect(symbols.map(({ filters }) => filters)).toEqual([
      [
        { filterType: 'PRICE_FILTER', tickSize: '1' },
        { filterType: 'LOT_SIZE', stepSize: '1', minQty: '1' },
      ],
      [
        { filterType: 'PRICE_FILTER', tickSize: '0.01' },
        { filterType: 'LOT_SIZE', stepSize: '0.1', minQty: '0.1' },
      ],
    ]);
  });
});
