import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type LocalExchange, startExchange } from '#ingest/venues/blofin/local/server.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';
import { failedAnswers } from './faults.ts';
import { subscribe } from './fixtures/subscriber.ts';
import type { Market, MarketFrame } from './market.ts';

const start = Date.UTC(2026, 0, 5, 12);
const symbols = ['AAA-USDT', 'BBB-USDT'];
let exchange: LocalExchange;
let market: Market;
let pushes: MarketFrame[];
let sockets: WebSocket[];

beforeEach(async () => {
  sockets = [];
  market = simulateMarket({ symbols, seed: 1, start, historyMinutes: 1, minutes: 1 });
  pushes = [];
  for await (const frame of market.frames()) pushes.push(frame);
  exchange = await startExchange({ market, speed: Infinity });
});
afterEach(async () => {
  for (const socket of sockets) socket.terminate();
  await exchange.close();
});

async function subscriber(wanted: readonly string[] = symbols) {
  const subscribed = await subscribe(exchange.wsUrl, wanted);
  sockets.push(subscribed.socket);
  return subscribed;
}

const sent = () => pushes.map(({ text }) => text);
const sorted = (texts: string[]) => texts.toSorted();

describe('faults of pushes', () => {
  it('without any, each push arrives once, in order', async () => {
    const { texts, closed } = await subscriber();
    exchange.play();
    await closed;
    expect(texts()).toEqual(sent());
    expect(sent().length).toBeGreaterThan(150);
  });

  it('copies: each push twice, together', async () => {
    exchange.faults.copies = 2;
    const { texts, closed } = await subscriber();
    exchange.play();
    await closed;
    expect(texts()).toEqual(sent().flatMap((text) => [text, text]));
  });

  it('reorder: another order within the window, nothing lost, also at the end', async () => {
    exchange.faults.reorder(8);
    const { texts, closed } = await subscriber();
    exchange.play();
    await closed;
    expect(texts()).not.toEqual(sent());
    const groups = (all: string[]) =>
      Array.from({ length: Math.ceil(all.length / 8) }, (_, i) => sorted(all.slice(i * 8, i * 8 + 8)));
    expect(groups(texts())).toEqual(groups(sent()));
  });

  it('lag: in order but later, for the connections open now; caught up at once when it ends', async () => {
    await exchange.close();
    exchange = await startExchange({ market, speed: 60 });
    const late = await subscriber();
    exchange.faults.lagAll(60_000);
    const sound = await subscriber();
    exchange.play();
    while (sound.got.length < 100) await sleep(1);
    expect(late.got).toEqual([]);
    exchange.faults.lagAll(0);
    await Promise.all([late.closed, sound.closed]);
    expect(late.texts()).toEqual(sent());
    expect(sound.texts()).toEqual(sent());
  });

  it('lag: each push comes when its time has come', async () => {
    await exchange.close();
    exchange = await startExchange({ market, speed: 60 });
    const { got, closed } = await subscriber();
    exchange.faults.lagAll(150);
    const began = performance.now();
    exchange.play();
    await closed;
    expect(got.map(({ text }) => text)).toEqual(sent());
    // A machine that is busy may bring a push later, nothing brings it earlier.
    // What is held back at the end of the market comes with it.
    for (const [i, { at }] of got.entries())
      if (pushes[i].at < start + 50_000)
        expect(at - began, `push ${i}`).toBeGreaterThanOrEqual((pushes[i].at - start) / 60 + 145);
  });

  it('lag: what is held back is bounded, the market waits', async () => {
    await exchange.close();
    const many = Array.from({ length: 30 }, (_, i) => `S${i}-USDT`);
    market = simulateMarket({ symbols: [...symbols, ...many], seed: 1, start, historyMinutes: 1, minutes: 5 });
    exchange = await startExchange({ market, speed: Infinity });
    const late = await subscriber([...symbols, ...many]);
    exchange.faults.lagAll(60_000);
    exchange.play();
    const played = await Promise.race([exchange.finished, sleep(1_000, 'waits')]);
    expect(played).toBe('waits');
    expect(late.got).toEqual([]);
    exchange.faults.lagAll(0);
    const all = await exchange.finished;
    await late.closed;
    expect(all).toBeGreaterThan(10_000);
    expect(late.got.length).toBe(all);
  });

  it('burst: nothing for a while, then all at once', async () => {
    await exchange.close();
    exchange = await startExchange({ market, speed: 20 });
    exchange.faults.burst(200);
    const { got, closed } = await subscriber();
    exchange.play();
    await closed;
    expect(got.map(({ text }) => text)).toEqual(sent());
    // Pushes are 15 ms apart on the average, and there are three seconds of them: ever so late, they are several bursts.
    const silences = got.slice(1).filter(({ at }, i) => at - got[i].at > 100);
    expect(silences.length).toBeGreaterThanOrEqual(2);
  });

  it('stallTopic: nothing more of one topic on the connections open now, while the others go on', async () => {
    const stalled = await subscriber();
    exchange.faults.stallTopic('tickers AAA-USDT');
    const sound = await subscriber();
    exchange.play();
    await Promise.all([stalled.closed, sound.closed]);
    const others = pushes.filter(({ channel, instId }) => !(channel === 'tickers' && instId === 'AAA-USDT'));
    expect(stalled.texts()).toEqual(others.map(({ text }) => text));
    expect(others.length).toBeLessThan(pushes.length);
    expect(sound.texts()).toEqual(sent());
  });

  it('mute: nothing of these topics on any connection, until unmute', async () => {
    exchange.faults.mute('trades');
    const { texts, closed } = await subscriber();
    exchange.play();
    await closed;
    expect(texts()).toEqual(pushes.filter(({ channel }) => channel === 'tickers').map(({ text }) => text));
    exchange.faults.unmute();
    expect(exchange.faults.isMuted('trades AAA-USDT')).toBe(false);
  });

  it('mangle only: every other push of one channel, each push of the others as it is', async () => {
    exchange.faults.mangle(2, 'html', 'trades');
    const { texts, closed } = await subscriber();
    exchange.play();
    await closed;
    let trades = 0;
    const html = '<!doctype html><title>502 Bad Gateway</title>';
    const expected = pushes.map(({ channel, text }) => (channel === 'trades' && ++trades % 2 === 0 ? html : text));
    expect(texts()).toEqual(expected);
    expect(trades).toBeGreaterThan(20);
  });

  it('clockMs: event times of a clock that is wrong, all else as it is', async () => {
    exchange.faults.clockMs = -600_000;
    const { texts, closed } = await subscriber();
    exchange.play();
    await closed;
    for (const [i, text] of texts().entries()) {
      const [row] = JSON.parse(text).data;
      const [original] = JSON.parse(pushes[i].text).data;
      expect(row).toEqual({ ...original, ts: String(Number(original.ts) - 600_000) });
    }
  });

  it('stall: nothing at all, but pongs', async () => {
    const stalled = await subscriber();
    exchange.faults.stallAll();
    exchange.play();
    stalled.socket.send('ping');
    const [pong] = await once(stalled.socket, 'message');
    expect(String(pong)).toBe('pong');
    await exchange.finished;
    expect(stalled.got).toEqual([]);
  });

  it.each([
    ['cut', (text: string) => text.slice(0, Math.floor(text.length / 2))],
    ['html', () => '<!doctype html><title>502 Bad Gateway</title>'],
    ['empty', (text: string) => JSON.stringify({ arg: JSON.parse(text).arg, data: [] })],
  ] as const)('mangle %s: every third push and no other', async (how, expected) => {
    exchange.faults.mangle(3, how);
    const { texts, closed } = await subscriber();
    exchange.play();
    await closed;
    expect(texts()).toEqual(sent().map((text, i) => (i % 3 === 2 ? expected(text) : text)));
  });

  it('mangle numbers: numbers where the documents say strings, of the same value', async () => {
    exchange.faults.mangle(1, 'numbers');
    const { texts, closed } = await subscriber();
    exchange.play();
    await closed;
    for (const [i, text] of texts().entries()) {
      const [row] = JSON.parse(text).data;
      const [original] = JSON.parse(pushes[i].text).data;
      const numbers = Object.entries(original).filter(([, value]) => String(Number(value)) !== 'NaN');
      expect(numbers.length).toBeGreaterThanOrEqual(4);
      for (const [name, value] of numbers) expect(row[name], name).toBe(Number(value));
    }
  });

  it('mangle nan: no price is a number', async () => {
    exchange.faults.mangle(1, 'nan');
    const { texts, closed } = await subscriber();
    exchange.play();
    await closed;
    for (const text of texts()) {
      const [row] = JSON.parse(text).data;
      expect(row.price ?? row.last).toBe('NaN');
    }
  });

  it('drop: the connection breaks without a close frame', async () => {
    const { closed } = await subscriber();
    exchange.faults.dropAll();
    expect(await closed).toBe(1006);
  });
});

describe('faults of handshakes and REST', () => {
  const instruments = () => fetch(`${exchange.restUrl}/api/v1/market/instruments`);

  it('refuse handshakes with what stands before an exchange: 429, or HTML', async () => {
    exchange.faults.refuseHandshakes(1);
    await expect(subscriber()).rejects.toThrow('Unexpected server response: 429');
    exchange.faults.refuseHandshakes(2, failedAnswers.htmlInstead);
    const socket = new WebSocket(exchange.wsUrl);
    const [, response] = await once(socket, 'unexpected-response');
    expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'text/html']);
    let body = '';
    for await (const part of response) body += part;
    expect(body).toBe(failedAnswers.htmlInstead.body);
    await expect(subscriber()).rejects.toThrow('Unexpected server response: 200');
    await subscriber();
  });

  it('ban handshakes for a while, and leave open connections alone', async () => {
    const before = await subscriber();
    const opens = () =>
      subscriber().then(
        () => true,
        (error: Error) => {
          if (!error.message.endsWith('403')) throw error;
          return false;
        },
      );
    exchange.faults.banHandshakes(3_600_000, failedAnswers.forbidden);
    expect([await opens(), await opens()]).toEqual([false, false]);
    exchange.faults.banHandshakes(0);
    expect(await opens()).toBe(true);
    const began = performance.now();
    exchange.faults.banHandshakes(200, failedAnswers.forbidden);
    while (!(await opens()));
    expect(performance.now() - began).toBeGreaterThanOrEqual(200);
    expect(before.socket.readyState).toBe(WebSocket.OPEN);
  });

  it('ban REST for a while', async () => {
    const began = performance.now();
    exchange.faults.banRest(200);
    // None at all where the machine is busy: the ban may be over before the first answer.
    for (let response = await instruments(); !response.ok; response = await instruments())
      expect(response.status).toBe(429);
    expect(performance.now() - began).toBeGreaterThanOrEqual(200);
    exchange.faults.banRest(3_600_000);
    expect((await instruments()).status).toBe(429);
    exchange.faults.banRest(3_600_000, failedAnswers.forbidden);
    expect((await instruments()).status).toBe(403);
    exchange.faults.banRest(0);
    expect((await instruments()).status).toBe(200);
  });

  it('a handshake byte by byte does not end', async () => {
    exchange.faults.handshakeDripMs = 1;
    const socket = new WebSocket(exchange.wsUrl);
    sockets.push(socket);
    socket.on('error', () => {});
    expect(await Promise.race([once(socket, 'open'), sleep(300, 'waits')])).toBe('waits');
    exchange.faults.handshakeDripMs = 0;
    await subscriber();
  });

  it.each(['endless', 'trickle'] as const)('REST body: %s', async (how) => {
    exchange.faults.restBody = how;
    const { body } = await instruments();
    const reader = body!.getReader();
    let bytes = 0;
    for (const wanted = how === 'endless' ? 8e6 : 3; bytes < wanted; ) bytes += (await reader.read()).value!.length;
    await reader.cancel();
    exchange.faults.restBody = 'whole';
    expect((await instruments()).ok).toBe(true);
  });

  it('a ban for years, as it says, and a frame of 50 MB', async () => {
    exchange.faults.failRest(1, failedAnswers.banForYears);
    expect((await instruments()).headers.get('retry-after')).toBe('99999999');
    const { socket } = await subscriber();
    exchange.faults.sendHuge(50e6);
    const [frame] = await once(socket, 'message');
    expect((frame as Buffer).length).toBe(50e6);
  });

  it('slow REST: the same answers, later', async () => {
    exchange.faults.restDelayMs = 100;
    const began = performance.now();
    expect(JSON.parse(await (await instruments()).text()).data.length).toBe(2);
    expect(performance.now() - began).toBeGreaterThanOrEqual(95);
  });
});
