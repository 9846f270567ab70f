import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { openProxy } from '#app/testing/proxy.ts';
import type { Tick } from '#ingest/feed.ts';
import { failedAnswers } from '#ingest/local_exchange/faults.ts';
import type { Market } from '#ingest/local_exchange/market.ts';
import { Limiter } from '#ingest/transport/limiter.ts';
import { type LocalExchange, startExchange } from '#ingest/venues/blofin/local/server.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';
import { BlofinRest } from '#ingest/venues/blofin/rest.ts';
import { closeMinutes } from '#jobs/candles/close.ts';
import { silent } from '#lib/log.ts';
import { appendRows } from '#lib/questdb/append.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { floorMinute, type Micros, type MinuteRange, minute } from '#lib/time.ts';
import { Healer, type HealerOptions } from './healer.ts';

const second = 1_000_000;
const t0 = Date.UTC(2026, 2, 3, 10) * 1_000;
/** Of live trading; the history before it has five. */
const played = 6;
/** When our own rows were received, to tell them from healed ones. */
const receivedAt = Date.UTC(2026, 2, 3, 11) * 1_000;
let db: QuestDb;
let exchange: LocalExchange;
let symbol: string;
let ended: (() => Promise<void>) | undefined;

beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterEach(async () => {
  await ended?.();
  ended = undefined;
  await exchange.close();
});
afterAll(() => db.close());

/** What was traded, read from the market itself and not by our own parsers. */
interface Trade {
  ts: Micros;
  id: string;
  price: number;
  size: number;
  side: 'buy' | 'sell';
}

/** A market that has been played to its end, and its trades. */
async function play(): Promise<Trade[]> {
  // A simulated market's venue is always the same.
  symbol = `T${randomUUID().slice(0, 8).toUpperCase()}-USDT`;
  const open = () =>
    simulateMarket({ symbols: [symbol], seed: 11, start: t0 / 1_000, historyMinutes: 5, minutes: played });
  exchange = await startExchange({ market: open(), speed: Number.POSITIVE_INFINITY });
  exchange.play();
  await exchange.finished;
  return tradesOf(open());
}

async function tradesOf(market: Market): Promise<Trade[]> {
  const contract = Number(market.instruments[0].contractValue);
  const trades: Trade[] = [];
  for await (const { channel, text } of market.frames()) {
    if (channel !== 'trades') continue;
    for (const row of (JSON.parse(text) as { data: Record<string, string>[] }).data)
      trades.push({
        ...{ ts: Number(row.ts) * 1_000, id: row.tradeId, price: Number(row.price) },
        ...{ size: Number(row.size) * contract, side: row.side as Trade['side'] },
      });
  }
  return trades;
}

const stored = (trades: readonly Trade[]) =>
  appendRows(
    db.address,
    'ticks',
    trades.map(({ ts, id, price, size, side }) => ({
      ts,
      symbols: { venue: 'sim', symbol, source: 'ws', kind: 'trade', side },
      strings: { event_id: id },
      doubles: { price, size },
      timestamps: { received_at: receivedAt },
    })),
  );

/** The feed saw nothing from `since` to `until`: what the ledger records, and the bars that were closed all the same. */
async function unseen(trades: readonly Trade[], since: Micros, until: Micros) {
  await stored(trades.filter(({ ts }) => ts <= since || ts >= until));
  await record('bounded', since, until);
  await close(t0, t0 + played * minute);
}

function record(event: string, since: Micros, until: Micros, more: { level?: string; ts?: Micros; how?: string } = {}) {
  return db.run('gaps/record', {
    ...{ ts: new Timestamp(more.ts ?? until), venue: 'sim', symbol, gap_id: `sim/${symbol}/${since}`, event },
    ...{ level: more.level ?? 'trades', since: new Timestamp(since), until: new Timestamp(until) },
    ...{ cause: 'cut', how: more.how ?? null },
  });
}

const close = (from: Micros, to: Micros) =>
  closeMinutes(db, { venue: 'sim', symbols: [symbol], ranges: [{ from, to }] });

/** A healer at work that writes like the session does: rows are stored when they are flushed. */
function heal(more: Partial<HealerOptions> = {}) {
  const waiting: Tick[] = [];
  const requests: { ranges: MinuteRange[]; symbols: string[] }[] = [];
  const limiter = new Limiter({ perMinute: 60_000, burst: 1_000 });
  const healer = new Healer({
    ...{ db, venue: 'sim', symbols: [symbol], log: silent, days: 1 },
    rest: new BlofinRest({ url: exchange.restUrl, limiter, coolDownMs: 300, retries: 0 }),
    now: () => exchange.now() * 1_000,
    write: async (tick) => void waiting.push(tick),
    flush: async () => {
      const rows = waiting.splice(0).map(({ ts, eventId, price, size, side, source, receivedAt: received_at }) => ({
        ts,
        symbols: { venue: 'sim', symbol, source, kind: 'trade', side },
        strings: { event_id: eventId },
        doubles: { price, size },
        timestamps: { received_at },
      }));
      await appendRows(db.address, 'ticks', rows);
    },
    request: async (ranges, symbols) => {
      requests.push({ ranges, symbols });
      await closeMinutes(db, { venue: 'sim', symbols, ranges });
    },
    ...more,
    timing: { pollMs: 20, settleMs: 50, retryMs: 200, ...more.timing },
  });
  const stop = new AbortController();
  const running = healer.run(stop.signal);
  ended = async () => {
    stop.abort();
    await running;
  };
  return { healer, requests };
}

async function state() {
  await db.applied(['gaps']);
  const rows = await db.query<{ event: string; level: string; how: string | null }>(
    `select event, level, how from gaps where venue = 'sim' and symbol = '${symbol}' latest on ts partition by gap_id`,
  );
  return rows.map(({ event, level, how }) => `${event} ${level}: ${how ?? ''}`);
}

async function until(wanted: () => Promise<boolean>) {
  const deadline = Date.now() + 200_000;
  while (!(await wanted())) {
    if (Date.now() > deadline) throw new Error(`not reached; the ledger has ${await state()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const bars = (from: Micros, to: Micros) =>
  db.query<{ [name: string]: unknown; at: Micros }>(
    `select cast(ts as long) at, open, high, low, close, volume, trades, source, complete from candles_1m
     where venue = 'sim' and symbol = '${symbol}' and ts >= '${new Timestamp(from)}' and ts < '${new Timestamp(to)}' order by ts`,
  );

/** The bars that an undisturbed feed would have made. */
function wholeBars(trades: readonly Trade[], from: Micros, to: Micros) {
  return Array.from({ length: (to - from) / minute }, (_, i) => {
    const own = trades.filter(({ ts }) => floorMinute(ts) === from + i * minute);
    const prices = own.map(({ price }) => price);
    return {
      ...{ at: from + i * minute, open: prices[0], close: prices.at(-1) },
      ...{ high: Math.max(...prices), low: Math.min(...prices), trades: own.length },
      ...{
        volume: expect.closeTo(
          own.reduce((sum, { size }) => sum + size, 0),
          6,
        ),
        source: 'closer',
        complete: true,
      },
    };
  });
}

/** A gap that the last hundred trades reach back over, across the end of a minute. */
function shortGap(trades: readonly Trade[]) {
  const recent = trades.slice(-90);
  const edge = t0 + (played - 1) * minute;
  expect(recent[0].ts).toBeLessThan(edge);
  return { since: edge - 2 * second, until: edge + 10 * second };
}

describe('Healer, from trades', () => {
  it('writes the trades that are missing, once, and has the bars made again of all of them', async () => {
    const trades = await play();
    const { since, until: back } = shortGap(trades);
    await unseen(trades, since, back);
    // The feed has brought one of them late: the time of its receipt stands.
    const [late, ...missed] = trades.filter(({ ts }) => ts > since && ts < back);
    await stored([late]);
    expect(missed.length).toBeGreaterThan(3);
    const edges = [floorMinute(since), floorMinute(back) + minute] as const;
    expect((await bars(...edges)).map((bar) => bar.complete)).toEqual([false, false]);

    const { healer, requests } = heal();
    await healer.idle();
    expect(await state()).toEqual([`healed trades: ${missed.length} trades from REST`]);
    expect(await bars(...edges)).toEqual(wholeBars(trades, ...edges));
    expect(requests).toEqual([{ ranges: [{ from: edges[0], to: edges[1] }], symbols: [symbol] }]);
    const [kept] = await db.query(
      `select count() n, sum(case when source = 'rest' then 1 else 0 end) healed,
       sum(case when received_at = ${receivedAt} then 1 else 0 end) untouched from ticks
       where venue = 'sim' and symbol = '${symbol}'`,
    );
    expect(kept).toEqual({ n: trades.length, healed: missed.length, untouched: trades.length - missed.length });
  });

  it('heals a gap once, though its minute could be had as a candle too', async () => {
    const trades = await play();
    const edge = t0 + (played - 1) * minute;
    await unseen(trades, edge - 20 * second, edge - 5 * second);
    const { healer } = heal({ now: () => exchange.now() * 1_000 + 10 * minute });
    await healer.idle();
    await healer.idle();
    await db.applied(['gaps']);
    const healed = await db.query(
      `select level from gaps where venue = 'sim' and symbol = '${symbol}' and event = 'healed'`,
    );
    expect(healed).toEqual([{ level: 'trades' }]);
  });

  it('knows a gap in which nothing was traded for healed, with nothing written', async () => {
    const trades = await play();
    const { since, until: back } = shortGap(trades);
    await stored(trades);
    await record('bounded', since, back);
    await heal().healer.idle();
    expect(await state()).toEqual(['healed trades: 0 trades from REST']);
  });

  it('keeps a request that is not taken', async () => {
    const trades = await play();
    const { since, until: back } = shortGap(trades);
    await unseen(trades, since, back);
    let refusals = 3;
    heal({
      request: async (ranges, symbols) => {
        if (refusals-- > 0) throw new Error('Redis is away');
        await closeMinutes(db, { venue: 'sim', symbols, ranges });
      },
    });
    await until(async () => refusals < 0);
    await until(async () => (await bars(floorMinute(back), floorMinute(back) + minute))[0].complete === true);
    expect(await state()).toMatchObject([expect.stringMatching(/^healed trades/)]);
  });

  it('requests what a healer before it has filled and then could not request', async () => {
    const trades = await play();
    const { since, until: back } = shortGap(trades);
    await unseen(trades, since, back);
    await stored(trades.filter(({ ts }) => ts > since && ts < back));
    await record('healed', since, back, { ts: back + second, how: 'before the power cut' });
    const { healer, requests } = heal();
    await healer.idle();
    expect(await bars(floorMinute(since), floorMinute(back) + minute)).toMatchObject([
      { complete: true },
      { complete: true },
    ]);
    expect(requests).toHaveLength(1);
  });
});

describe('Healer, from candles', () => {
  /** Too long ago for the last hundred trades. */
  const gap = { since: t0 + 70 * second, until: t0 + 200 * second };
  const edges = [t0 + minute, t0 + 4 * minute] as const;

  async function statedBars() {
    const answer = await fetch(`${exchange.restUrl}/api/v1/market/candles?instId=${symbol}&limit=100`);
    const { data } = (await answer.json()) as { data: string[][] };
    return data
      .map(([ms, open, high, low, close, , volume]) => [
        Number(ms) * 1_000,
        ...[open, high, low, close, volume].map(Number),
      ])
      .filter(([ts]) => ts >= edges[0] && ts < edges[1])
      .reverse()
      .map(([at, open, high, low, close, volume]) => ({
        ...{ at, open, high, low, close, volume, trades: null, source: 'rest', complete: true },
      }));
  }

  it('takes the exchange’s own bars where trades do not reach back, and ticks do not take them back', async () => {
    const trades = await play();
    await unseen(trades, gap.since, gap.until);
    expect(await bars(...edges)).toMatchObject([{ complete: false }, { at: edges[0] + 2 * minute, complete: false }]);
    await heal().healer.idle();
    expect(await state()).toEqual(['healed candles: 3 minutes from exchange candles']);
    const expected = await statedBars();
    expect(expected).toHaveLength(3);
    expect(await bars(...edges)).toEqual(expected);
    // Healed at the level of candles, the ticks of these minutes are as partial as they were.
    await close(...edges);
    expect(await bars(...edges)).toEqual(expected);
  });

  it('asks the exchange for nothing that a backfill has brought already', async () => {
    const trades = await play();
    await unseen(trades, gap.since, gap.until);
    await appendRows(
      db.address,
      'exchange_candles',
      (await statedBars()).map(({ at, open, high, low, close, volume }) => ({
        ...{ ts: at, symbols: { venue: 'sim', symbol, source: 'rest' } },
        doubles: { open, high, low, close, volume },
      })),
    );
    const { rest } = counted();
    await heal({ rest }).healer.idle();
    expect(await state()).toEqual(['healed candles: 3 minutes from exchange candles']);
    expect(rest.asked).toEqual(['trades']);
    expect(await bars(...edges)).toEqual(await statedBars());
  });

  it('waits until the exchange has closed the last minute', async () => {
    const trades = await play();
    await unseen(trades, gap.since, gap.until);
    let now = t0 + 4 * minute;
    const { healer } = heal({ now: () => now });
    await healer.idle();
    expect(await state()).toEqual(['bounded trades: ']);
    now += 5 * second;
    await healer.idle();
    expect(await state()).toEqual(['healed candles: 3 minutes from exchange candles']);
  });

  it('does nothing before the market’s time is known', async () => {
    const trades = await play();
    await unseen(trades, gap.since, gap.until);
    const { healer } = heal({ now: undefined });
    await healer.idle();
    expect(await state()).toEqual(['bounded trades: ']);
    const none = { bid: null, ask: null, bidSize: null, askSize: null, volume24h: null, high24h: null, low24h: null };
    const key = { venue: 'sim', symbol, source: 'ws', kind: 'quote', ts: t0 + played * minute, eventId: '1' } as const;
    healer.saw({ type: 'tick', tick: { ...key, ...none, price: 1, size: null, side: null, receivedAt, seq: 1 } });
    await until(async () => (await state())[0] !== 'bounded trades: ');
    expect(await state()).toEqual(['healed candles: 3 minutes from exchange candles']);
  });

  it('says how many minutes the exchange lacks, once it has been asked twice', async () => {
    await play();
    // The history begins five minutes before.
    const since = t0 - 7 * minute;
    await record('bounded', since, t0 - 3 * minute);
    const { rest, times } = counted();
    const { healer } = heal({ rest });
    await healer.idle();
    const before = await state();
    if (times.length < 2) expect(before).toEqual(['bounded trades: ']);
    await until(async () => (await state())[0] !== 'bounded trades: ');
    expect(await state()).toEqual(['healed candles: 2 minutes from exchange candles (2 missing there)']);
    expect(times).toHaveLength(2);
    expect((await bars(since, t0)).map((bar) => (bar.at - t0) / minute)).toEqual([-5, -4]);
  });

  it('tries again, later and later, where the exchange has nothing, and never takes that for healed', async () => {
    await play();
    await record('bounded', t0 - 60 * minute, t0 - 58 * minute);
    const { rest, times } = counted();
    const { healer } = heal({ rest });
    await until(async () => times.length >= 4);
    const waits = times.slice(1).map((time, i) => time - times[i]);
    expect(waits[0]).toBeGreaterThanOrEqual(195);
    expect(waits[1]).toBeGreaterThanOrEqual(395);
    expect(waits[2]).toBeGreaterThanOrEqual(795);
    await healer.idle();
    expect(await state()).toEqual(['bounded trades: ']);
  });

  it('leaves gaps that are older than it is told to look', async () => {
    await play();
    await record('bounded', t0 - 26 * 60 * minute, t0 - 25 * 60 * minute);
    const { rest } = counted();
    await heal({ rest }).healer.idle();
    expect(rest.asked).toEqual([]);
    expect(await state()).toEqual(['bounded trades: ']);
  });

  it('leaves gaps that are still open', async () => {
    await play();
    await record('opened', gap.since, gap.until);
    const { rest } = counted();
    await heal({ rest }).healer.idle();
    expect(rest.asked).toEqual([]);
  });

  it('waits out a suspension without an error and without a request, then heals', async () => {
    const trades = await play();
    await unseen(trades, gap.since, gap.until);
    const { rest, times } = counted();
    exchange.faults.failRest(1, failedAnswers.tooManyRequests);
    const started = performance.now();
    const { healer } = heal({ rest });
    await healer.idle();
    const before = await state();
    // A machine that is busy may only come to look when the suspension is over.
    if (times.length === 0) expect(before).toEqual(['bounded trades: ']);
    await until(async () => (await state())[0] !== 'bounded trades: ');
    expect(await state()).toEqual(['healed candles: 3 minutes from exchange candles']);
    expect(rest.asked).toEqual(['trades', 'trades', 'history']);
    expect(times[0] - started).toBeGreaterThanOrEqual(295);
  });

  it('goes on after an answer that makes no sense', async () => {
    const trades = await play();
    await unseen(trades, gap.since, gap.until);
    exchange.faults.failRest(1, failedAnswers.parameterError);
    heal();
    await until(async () => (await state())[0] !== 'bounded trades: ');
    expect(await state()).toEqual(['healed candles: 3 minutes from exchange candles']);
  });

  it('waits out an outage of QuestDB', async () => {
    const trades = await play();
    await unseen(trades, gap.since, gap.until);
    const proxy = await openProxy(db.address.host, db.address.pgPort);
    const behind = new QuestDb({ ...db.address, pgPort: proxy.port });
    proxy.cut();
    heal({ db: behind });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await state()).toEqual(['bounded trades: ']);
    proxy.mend();
    await until(async () => (await state())[0] !== 'bounded trades: ');
    expect(await state()).toEqual(['healed candles: 3 minutes from exchange candles']);
    await ended?.();
    await behind.close();
    await proxy.close();
  });

  it('ends, though what it waits for never comes', async () => {
    const trades = await play();
    const recent = shortGap(trades);
    await unseen(trades, recent.since, recent.until);
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    heal({ flush: () => new Promise(() => resolve()) });
    await asked;
    await ended?.();
  });

  /** The exchange's REST API, what was asked of it, and when minutes were. */
  function counted() {
    const limiter = new Limiter({ perMinute: 60_000, burst: 1_000 });
    const inner = new BlofinRest({ url: exchange.restUrl, limiter, coolDownMs: 300, retries: 0 });
    const times: number[] = [];
    const rest = {
      asked: [] as string[],
      trades(of: string) {
        rest.asked.push('trades');
        return inner.trades(of);
      },
      history(query: { symbol: string; from: Micros; to: Micros }) {
        rest.asked.push('history');
        times.push(performance.now());
        return inner.history(query);
      },
    };
    return { rest, times };
  }
});
