import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Feed, MarketEvent, Tick } from '#ingest/feed.ts';
import { TickWriter } from '#ingest/store/writer.ts';
import { Limiter } from '#ingest/transport/limiter.ts';
import { BlofinFeed } from '#ingest/venues/blofin/feed.ts';
import { type LocalExchange, startExchange } from '#ingest/venues/blofin/local/server.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';
import { BlofinRest } from '#ingest/venues/blofin/rest.ts';
import { closeMinutes } from '#jobs/candles/close.ts';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { floorMinute, minute } from '#lib/time.ts';
import { ingest, type SessionOptions } from './ingest.ts';

const second = 1_000_000;
const t0 = Date.UTC(2026, 2, 3, 10) * 1_000;
/** Each writer's own: what one leaves must not come back in another. */
const spoolOf = () => ({ directory: join(tmpdir(), `tickforest-spool-${randomUUID()}`), maxBytes: 1e9, sync: false });
let db: QuestDb;
let exchange: LocalExchange | undefined;
let writer: TickWriter;

beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterEach(async () => {
  await writer.close();
  await exchange?.close();
  exchange = undefined;
});
afterAll(() => db.close());

/** Symbols of this test alone: a simulated market's venue is always the same. */
function symbolsOf(count: number): string[] {
  const mark = randomUUID().slice(0, 8).toUpperCase();
  return Array.from({ length: count }, (_, i) => `T${mark}${i}-USDT`);
}

async function simulatedFeed(symbols: string[], options: { minutes?: number; speed: number }) {
  const market = simulateMarket({ symbols, seed: 5, start: t0 / 1_000, historyMinutes: 1, minutes: options.minutes });
  exchange = await startExchange({ market, speed: options.speed });
  const rest = new BlofinRest({ url: exchange.restUrl, limiter: new Limiter() });
  return new BlofinFeed({
    ...{
      wsUrl: exchange.wsUrl,
      instruments: await rest.instruments(),
      symbols,
      origin: { venue: 'sim', kind: 'simulated' },
    },
    ...{ subscriptions: { spacingMs: 1 }, connectSpacingMs: 1, backoffMinMs: 2, backoffMaxMs: 16 },
  });
}

async function run(feed: Feed, venue: string, symbols: string[], more: Partial<SessionOptions> = {}) {
  writer = await TickWriter.connect(
    db.address,
    { flushMs: 50, batchRows: 1_000, queueRows: 10_000, spool: spoolOf() },
    silent,
  );
  const taken: number[] = [];
  return ingest({
    ...{ db, feed, writer, venue, symbols, log: silent },
    onEvent: (event) => {
      if (event.type === 'tick') taken.push(event.tick.ts);
    },
    close: async (ranges) => {
      // What a minute is made of must be stored before it is closed, though later ticks may be on their way.
      await db.applied(['ticks']);
      for (const { from, to } of ranges) {
        const due = taken.findIndex((ts) => ts >= to + 2 * second);
        const expected = taken.slice(0, due < 0 ? undefined : due).filter((ts) => ts >= from && ts < to);
        expect(await storedIn(venue, symbols, from, to)).toBeGreaterThanOrEqual(expected.length);
      }
      await closeMinutes(db, { venue, symbols, ranges });
    },
    onSubscribed: () => exchange?.play(),
    ...more,
  });
}

async function storedIn(venue: string, symbols: string[], from: number, to: number) {
  const [{ n }] = await db.query<{ n: number }>(
    `select count() n from ticks where venue = '${venue}' and symbol in (${symbols.map((symbol) => `'${symbol}'`).join()})
     and ts >= ${from} and ts < ${to}`,
  );
  return n;
}

/** A feed that passes another one's events on and remembers them. */
function remembering(feed: Feed, events: MarketEvent[]): Feed {
  return {
    async *[Symbol.asyncIterator]() {
      for await (const event of feed) {
        events.push(event);
        yield event;
      }
    },
    close: () => feed.close(),
    counters: feed.counters,
  };
}

/** A feed of these events. */
function feedOf(events: (MarketEvent | Error)[]): Feed {
  return {
    async *[Symbol.asyncIterator]() {
      for (const event of events) {
        if (event instanceof Error) throw event;
        yield event;
      }
    },
    close: async () => {},
    counters: { frames: 0, received: 0, ticks: 0, duplicates: 0, reused: 0, rejected: 0, reconnects: 0 },
  };
}

function trade(venue: string, ts: number, price: number, eventId = String(ts)): MarketEvent {
  const none = { bid: null, ask: null, bidSize: null, askSize: null, volume24h: null, high24h: null, low24h: null };
  const key = { venue, symbol: 'AAA-USDT', source: 'ws', kind: 'trade', ts, eventId } as const;
  return { type: 'tick', tick: { ...key, price, size: 1, side: 'buy', ...none, receivedAt: ts, seq: ts } };
}

const bars = (venue: string, symbols: string[]) =>
  db.query<{ at: number; symbol: string; trades: number; complete: boolean; [name: string]: unknown }>(
    `select cast(ts as long) at, symbol, open, close, trades, complete from candles_1m
     where venue = '${venue}' and symbol in (${symbols.map((symbol) => `'${symbol}'`).join()}) order by ts, symbol`,
  );

describe('ingest', () => {
  it('counts malformed frames by reason, logs each reason once, stores none of them, and goes on', async () => {
    const symbols = symbolsOf(1);
    const feed = await simulatedFeed(symbols, { minutes: 2, speed: 60 });
    const lines: Record<string, unknown>[] = [];
    const sink = new Writable({
      write: (chunk, _, done) => {
        lines.push(JSON.parse(String(chunk)));
        done();
      },
    });
    const row = { instId: symbols[0], tradeId: 'bad', price: '5', size: '4', side: 'buy', ts: String(t0 / 1_000) };
    const push = (more: object) =>
      JSON.stringify({ arg: { channel: 'trades', instId: symbols[0] }, data: [{ ...row, ...more }] });
    const bad = ['{"arg":', push({ price: '0' }), push({ price: 'abc' }), push({ size: '-4' }), push({ price: '-1' })];
    const summary = await run(feed, 'sim', symbols, {
      log: pino(sink),
      onTick: (rows) => {
        if (rows === 5 || rows === 20) for (const text of bad) exchange!.faults.sendRaw(text);
      },
    });
    expect(summary.reasons).toEqual({
      ...{ 'malformed frame': 2, 'price is not positive': 4, 'price is not a number': 2, 'size is not positive': 2 },
    });
    expect(summary.rejected).toBe(10);
    expect(summary.rows).toBe(await exchange!.finished);
    const rejections = lines.filter((line) => String(line.msg).startsWith('frame rejected'));
    expect(rejections.map((line) => line.reason).sort()).toEqual(Object.keys(summary.reasons).sort());
    expect(rejections.find((line) => line.reason === 'price is not a number')?.raw).toContain('abc');

    const stored = await db.query(
      `select count() n, sum(case when event_id = 'bad' then 1 else 0 end) bad, min(price) > 0 sound
       from ticks where venue = 'sim' and symbol = '${symbols[0]}'`,
    );
    expect(stored).toEqual([{ n: summary.rows, bad: 0, sound: true }]);
    expect((await bars('sim', symbols)).map((bar) => bar.at)).toEqual([t0, t0 + minute]);
  });

  it('makes flat bars incomplete that were closed before a jump of the ids showed a hole, and keeps proven ones', async () => {
    const venue = `t-${randomUUID()}`;
    const at = (seconds: number, id: number) => trade(venue, t0 + seconds * second, 100 + id, `a${id}`);
    // A minute in which only a quote came is taken for quiet, until the next trade shows what was missing.
    const quote = (seconds: number): MarketEvent => {
      const { tick } = trade(venue, t0 + seconds * second, 0, String(seconds)) as { tick: Tick };
      return { type: 'tick', tick: { ...tick, kind: 'quote', price: null, size: null, side: null, bid: 1, ask: 2 } };
    };
    const early = [at(1, 1), at(59, 2), quote(70), quote(130), at(185, 3), quote(250)];
    const events = [...early, at(310, 9), at(311, 10), at(371, 11), at(433, 12)];
    await run({ ...feedOf(events), tradeIds: 'count' }, venue, ['AAA-USDT']);
    const made = await bars(venue, ['AAA-USDT']);
    expect(made.map(({ at: ts, trades, complete }) => [(ts - t0) / minute, trades, complete])).toEqual([
      ...[
        [0, 2, false],
        [1, 0, true],
        [2, 0, true],
        [3, 1, false],
        [4, 0, false],
        [5, 2, false],
        [6, 1, true],
        [7, 1, false],
      ],
    ]);
  });

  it('bounds a gap around a reconnect and marks exactly the bars that it touches', async () => {
    const symbols = symbolsOf(2);
    const events: MarketEvent[] = [];
    const feed = remembering(await simulatedFeed(symbols, { speed: 120 }), events);
    let dropAt = t0 + 2 * minute + 20 * second;
    let endAt = Number.POSITIVE_INFINITY;
    await run(feed, 'sim', symbols, {
      onTick: () => {
        const last = events.at(-1);
        if (last?.type !== 'tick') return;
        const { ts } = last.tick;
        if (ts >= endAt) void feed.close();
        if (ts >= dropAt) {
          dropAt = Number.POSITIVE_INFINITY;
          exchange!.faults.dropAll();
        }
        // However long the way back takes, some whole minutes follow it.
        const back = events.some((event) => event.type === 'disconnected');
        if (back && endAt === Number.POSITIVE_INFINITY) endAt = ts + 3 * minute + 20 * second;
      },
    });

    const cut = events.findIndex((event) => event.type === 'disconnected');
    expect(cut).toBeGreaterThan(0);
    const ticksOf = (part: MarketEvent[]) => part.flatMap((event) => (event.type === 'tick' ? [event.tick] : []));
    const [before, after] = [ticksOf(events.slice(0, cut)), ticksOf(events.slice(cut))];
    const newest = (ticks: Tick[]) => Math.max(...ticks.map((tick) => tick.ts));
    const unseen = symbols.map((symbol) => {
      const [first, back] = [before, after].map((ticks) => ticks.find((tick) => tick.symbol === symbol)!.ts);
      const spells = [
        [floorMinute(first), first],
        [newest(before), back],
        [newest(after), Number.POSITIVE_INFINITY],
      ];
      return { symbol, spells: spells.filter(([since, until]) => since < until) };
    });

    await db.applied(['gaps']);
    for (const { symbol, spells } of unseen) {
      const recorded = await db.query(
        `select event, cast(since as long) since, cast(until as long) until from gaps
         where venue = 'sim' and symbol = '${symbol}' latest on ts partition by gap_id order by since`,
      );
      expect(recorded).toEqual(
        spells.map(([since, until]) => {
          const open = until === Number.POSITIVE_INFINITY;
          return { event: open ? 'opened' : 'bounded', since, until: open ? null : until };
        }),
      );
      const touched = (at: number) => spells.some(([since, until]) => since < at + minute && until > at);
      const own = (await bars('sim', [symbol])).map((bar) => [(bar.at - t0) / minute, bar.complete]);
      expect(own.length).toBeGreaterThanOrEqual(4);
      expect(own).toEqual(own.map(([at]) => [at, !touched(t0 + Number(at) * minute)]));
      expect(own.filter(([, complete]) => complete).length).toBeGreaterThanOrEqual(2);
    }
  });

  it('closes a minute again when a tick comes late, and does not wait for the end', async () => {
    const venue = `t-${randomUUID()}`;
    const requests: number[][] = [];
    const at = (minutes: number, seconds: number) => t0 + minutes * minute + seconds * second;
    const times = [at(0, 0), at(1, 2), at(0, 59), at(1, 4), at(1, 5)];
    const events = times.map((ts, i) => trade(venue, ts, 100 + i));
    await run(feedOf(events), venue, ['AAA-USDT'], {
      close: async (ranges) => {
        for (const { from, to } of ranges) requests.push([(from - t0) / minute, (to - t0) / minute]);
        await closeMinutes(db, { venue, symbols: ['AAA-USDT'], ranges });
      },
    });
    expect(requests).toEqual([
      [0, 1],
      [0, 1],
      [1, 2],
    ]);
    expect(await bars(venue, ['AAA-USDT'])).toMatchObject([
      { open: 100, close: 102, trades: 2, complete: true },
      { open: 101, close: 104, trades: 3, complete: false },
    ]);
  });

  it('makes bars of the minutes in which the session before was cut off, and leaves its gap empty', async () => {
    const venue = `t-${randomUUID()}`;
    const symbols = ['AAA-USDT'];
    const crash = new Error('power cut');
    const first = feedOf([trade(venue, t0, 100), trade(venue, t0 + 61 * second, 101), crash]);
    await expect(run(first, venue, symbols)).rejects.toThrow('power cut');
    await writer.close();
    expect(await bars(venue, symbols)).toEqual([]);

    const again = [5 * 60 + 10, 6 * 60, 7 * 60 + 30].map((after, i) => trade(venue, t0 + after * second, 105 + i));
    await run(feedOf(again), venue, symbols);
    const shape = (await bars(venue, symbols)).map((bar) => [(bar.at - t0) / minute, bar.open, bar.complete]);
    expect(shape).toEqual([
      [0, 100, true],
      [1, 101, false],
      [5, 105, false],
      [6, 106, true],
      [7, 107, false],
    ]);
  });
});
