import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalExchange, startExchange } from '#ingest/venues/blofin/local/server.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';
import { type FaultServer, startFaultServer } from './fault_server.ts';
import { subscribe } from './fixtures/subscriber.ts';

const symbols = ['AAA-USDT', 'BBB-USDT'];
let exchange: LocalExchange;
let requests: FaultServer;

beforeEach(async () => {
  exchange = await startExchange({ market: simulateMarket({ symbols, seed: 1, historyMinutes: 1 }) });
  requests = await startFaultServer(exchange.faults);
});
afterEach(async () => {
  await requests.close();
  await exchange.close();
});

describe('requests for faults from outside', () => {
  const request = async (body: unknown, type = 'application/json', path = '') => {
    const response = await fetch(requests.url + path, {
      ...{ method: 'POST', headers: { 'content-type': type } },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, ...((await response.json()) as { done?: string[]; error?: string }) };
  };

  it('act on the exchange', async () => {
    const { closed } = await subscribe(exchange.wsUrl, symbols);
    expect(await request({ copies: 2, mangle: { every: 5, how: 'cut' }, restDelayMs: 1, drop: true })).toEqual({
      ...{ status: 200, done: ['drop', 'copies', 'mangle', 'restDelayMs'] },
    });
    expect(await closed).toBe(1006);
    const { faults } = exchange;
    expect([faults.copies, faults.mangling, faults.restDelayMs]).toEqual([2, { every: 5, how: 'cut', only: '' }, 1]);
    await request({ mute: ['trades AAA'], clockMs: -600_000, mangle: { every: 10, how: 'cut', only: 'trades' } });
    expect([faults.isMuted('trades AAA-USDT'), faults.isMuted('tickers AAA-USDT')]).toEqual([true, false]);
    expect([faults.clockMs, faults.mangling?.only]).toEqual([-600_000, 'trades']);
    await request({ unmute: true });
    expect(faults.isMuted('trades AAA-USDT')).toBe(false);
    await request({ reject: ['AAA-USDT'], banRest: { ms: 60_000, answer: 'forbidden' }, refuseHandshakes: { n: 1 } });
    expect(faults.rejects('AAA-USDT')).toBe(true);
    expect((await fetch(exchange.restUrl)).status).toBe(403);
    await expect(subscribe(exchange.wsUrl, symbols)).rejects.toThrow('429');
  });

  it('are carried out whole or not at all, and say what is not understood', async () => {
    expect(await request({ copies: 3, lagMs: -1 })).toMatchObject({
      status: 400,
      error: expect.stringMatching(/lagMs/),
    });
    expect(await request({ copies: 3, explode: true })).toMatchObject({ error: expect.stringMatching(/explode/) });
    expect(exchange.faults.copies).toBe(1);
    expect((await request('{')).status).toBe(400);
    expect((await request({ drop: true }, 'text/plain')).error).toMatch(/application\/json/);
    expect((await request({ drop: true }, 'application/json', '/more')).error).toMatch(/POST \/faults/);
    expect((await request({ sendRaw: 'x'.repeat(2e6) }).catch(() => ({ status: 400 }))).status).toBe(400);
  });
});
