import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type ExchangeOptions, type LocalExchange, startExchange } from './server.ts';
import { simulateMarket } from './simulated.ts';

const start = Date.UTC(2026, 0, 5, 12);
let exchange: LocalExchange;
let sockets: WebSocket[] = [];

async function serve(options: Partial<ExchangeOptions> = {}) {
  const market = simulateMarket({ symbols: ['AAA-USDT', 'BBB-USDT'], seed: 1, start, historyMinutes: 2_000 });
  exchange = await startExchange({ market, ...options });
}

/** A plain client: `next` gives the frames one after the other. */
async function client() {
  const socket = new WebSocket(exchange.wsUrl);
  sockets.push(socket);
  const frames: string[] = [];
  let wake = () => {};
  socket.on('message', (data) => {
    frames.push(data.toString());
    wake();
  });
  await once(socket, 'open');
  const next = async () => {
    while (frames.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return frames.shift()!;
  };
  return {
    socket,
    next,
    send: (request: unknown) => socket.send(typeof request === 'string' ? request : JSON.stringify(request)),
  };
}

const get = async (path: string) => {
  const response = await fetch(exchange.restUrl + path);
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
};
const candleTimes = async (query: string) => {
  const { body } = await get(`/api/v1/market/candles?instId=AAA-USDT&${query}`);
  return body.data.map((row: string[]) => (Number(row[0]) - start) / 60_000);
};
const topic = (instId: string, channel = 'trades') => ({ channel, instId });

afterEach(async () => {
  for (const socket of sockets) socket.terminate();
  sockets = [];
  await exchange.close();
});

describe('the WebSocket side', () => {
  it('acknowledges each argument and answers a text ping with a text pong', async () => {
    await serve();
    const { send, next } = await client();
    send({ op: 'subscribe', args: [topic('AAA-USDT'), topic('BBB-USDT', 'tickers')] });
    expect(JSON.parse(await next())).toEqual({ event: 'subscribe', arg: topic('AAA-USDT') });
    expect(JSON.parse(await next())).toEqual({ event: 'subscribe', arg: topic('BBB-USDT', 'tickers') });
    send('ping');
    expect(await next()).toBe('pong');
  });

  it('refuses a whole message for one unknown instrument, echoes it, names no arg and stays open', async () => {
    await serve();
    const { send, next } = await client();
    const request = JSON.stringify({ op: 'subscribe', args: [topic('AAA-USDT'), topic('NONE-USDT')] });
    send(request);
    expect(JSON.parse(await next())).toEqual({ event: 'error', code: '60012', msg: `Invalid request: ${request}` });
    exchange.faults.sendRaw('to subscribers');
    send('ping');
    expect(await next()).toBe('pong');
  });

  it('refuses requests above 4,096 bytes, and what is no request', async () => {
    await serve();
    const { send, next } = await client();
    const many = Array.from({ length: 100 }, () => topic('AAA-USDT'));
    for (const request of [
      { op: 'subscribe', args: many },
      'hello',
      { op: 'login', args: [{}] },
      { op: 'subscribe' },
    ]) {
      send(request);
      expect(JSON.parse(await next())).toMatchObject({ event: 'error', code: '60012' });
    }
  });

  it('closes a client that neither asks nor gets anything', async () => {
    await serve({ idleMs: 20 });
    const { socket } = await client();
    const [code] = await once(socket, 'close');
    expect(code).toBe(1000);
  });

  it('limits handshakes where asked to', async () => {
    await serve({ handshakesPerSecond: 1 });
    await client();
    await expect(client()).rejects.toThrow(/429/);
  });

  it('says on the handshake that its market is simulated', async () => {
    await serve();
    const socket = new WebSocket(exchange.wsUrl);
    sockets.push(socket);
    const [response] = await once(socket, 'upgrade');
    expect(response.headers['x-tickforest-market']).toBe('venue=sim; kind=simulated');
  });

  it('does not send before it is due', async () => {
    await serve({ speed: 600 });
    const { send, next } = await client();
    send({ op: 'subscribe', args: [topic('AAA-USDT', 'tickers')] });
    await next();
    const began = performance.now();
    exchange.play();
    let ts = 0;
    while (ts < start + 60_000) {
      ts = Number(JSON.parse(await next()).data[0].ts);
      expect((performance.now() - began) * 600).toBeGreaterThanOrEqual(ts - start - 2 * 600);
      expect(exchange.now()).toBeGreaterThanOrEqual(ts);
    }
  });

  it('sends nothing while it is held, and then goes on where it was', async () => {
    await serve({ speed: 600 });
    const { send, next } = await client();
    send({ op: 'subscribe', args: [topic('AAA-USDT', 'tickers')] });
    await next();
    const began = performance.now();
    exchange.play();
    let ts = 0;
    while (ts < start + 20_000) ts = Number(JSON.parse(await next()).data[0].ts);
    exchange.hold();
    exchange.hold();
    const held = performance.now();
    const now = exchange.now();
    await new Promise((resolve) => setTimeout(resolve, 200));
    // The frame that was next may still have come.
    expect(exchange.now() - now).toBeLessThan(20_000);
    const stood = performance.now() - held;
    exchange.resume();
    exchange.resume();
    while (ts < start + 60_000) ts = Number(JSON.parse(await next()).data[0].ts);
    expect((performance.now() - began - stood) * 600).toBeGreaterThanOrEqual(ts - start - 2 * 600);
  });
});

describe('the REST side', () => {
  it('marks every answer, refusals too', async () => {
    await serve();
    for (const path of ['/api/v1/market/instruments', '/api/v1/market/candles?instId=NONE-USDT', '/nowhere']) {
      expect((await get(path)).headers.get('x-tickforest-market')).toBe('venue=sim; kind=simulated');
    }
  });

  it('answers an unknown instrument by HTTP 200, code 152002 and no data; an unknown path by 401', async () => {
    await serve();
    const { status, body } = await get('/api/v1/market/candles?instId=NONE-USDT');
    expect([status, body.code, body.data]).toEqual([200, '152002', undefined]);
    expect((await get('/api/v1/market/candles')).body.code).toBe('152001');
    expect((await get('/api/v1/nothing')).status).toBe(401);
  });

  it('says of what it has not that it is not found, by HTTP 200 and without data', async () => {
    await serve();
    for (const path of ['books', 'funding-rate', 'mark-price', 'mark-price-candles', 'open-interest']) {
      const { status, body } = await get(`/api/v1/market/${path}?instId=AAA-USDT`);
      expect([status, body.code, body.data]).toEqual([200, '404', undefined]);
      expect(body.msg).toContain(path);
    }
  });

  it('makes coarser bars of the minutes, the newest one not confirmed', async () => {
    await serve();
    const hours = await get('/api/v1/market/candles?instId=AAA-USDT&bar=1H&limit=2');
    const minutes = await get(`/api/v1/market/candles?instId=AAA-USDT&after=${start}&limit=60`);
    const [hour] = hours.body.data;
    const oldest = minutes.body.data.at(-1);
    const column = (i: number) => minutes.body.data.map((row: string[]) => Number(row[i]));
    expect(hour[0]).toBe(String(start - 3_600_000));
    expect([hour[1], hour[4], hour[8]]).toEqual([oldest[1], minutes.body.data[0][4], '1']);
    expect([Number(hour[2]), Number(hour[3])]).toEqual([Math.max(...column(2)), Math.min(...column(3))]);
    expect(Number(hour[5])).toBeCloseTo(
      column(5).reduce((sum: number, size: number) => sum + size),
      6,
    );
    const [day] = (await get('/api/v1/market/candles?instId=AAA-USDT&bar=1D&limit=1')).body.data;
    expect([day[0], day[4], day[8]]).toEqual([String(Date.UTC(2026, 0, 5)), minutes.body.data[0][4], '0']);
    expect(await candleTimes(`bar=5m&after=${start - 600_000}&before=${start - 1_800_000}&limit=2`)).toEqual([
      -15, -20,
    ]);
    for (const bar of ['1h', '1W', '7m', '']) {
      expect((await get(`/api/v1/market/candles?instId=AAA-USDT&bar=${bar}`)).body.code).toBe('152002');
    }
  });

  it('pages as Blofin does', async () => {
    await serve();
    const at = (minutes: number) => start + minutes * 60_000;
    expect((await candleTimes('')).length).toBe(500);
    expect((await candleTimes('limit=5000')).length).toBe(1_440);
    expect(await candleTimes('limit=3')).toEqual([-1, -2, -3]);
    expect(await candleTimes(`after=${at(-10)}&limit=2`)).toEqual([-11, -12]);
    // The latest, not the next after it.
    expect(await candleTimes(`before=${at(-10)}&limit=2`)).toEqual([-1, -2]);
    expect(await candleTimes(`after=${at(-10)}&before=${at(-13)}`)).toEqual([-11, -12]);
    expect(await candleTimes(`after=${at(-2_000)}`)).toEqual([]);
    expect(await candleTimes(`after=${at(-1_999)}`)).toEqual([-2_000]);
  });
});
