import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ExchangeCandle } from '#ingest/feed.ts';
import { ingest } from '#ingest/session/ingest.ts';
import { TickWriter } from '#ingest/store/writer.ts';
import { Limiter } from '#ingest/transport/limiter.ts';
import { type LocalExchange, startExchange } from '#ingest/venues/blofin/local/server.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';
import { venues } from '#ingest/venues/registry.ts';
import type { VenueRest } from '#ingest/venues/venue.ts';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { viewsCurrent } from '#lib/questdb/views.ts';
import type { VenueName } from '#lib/venue.ts';
import { withCloseClient } from './close_client.ts';

const mark = randomUUID().slice(0, 8);
/** The same symbol at both, and of this test alone, since every simulated market has the same venue. */
const coin = `T${mark.toUpperCase()}`;
const symbol = `${coin}-USDT`;
const other = `um-${mark}`;
const start = Date.UTC(2026, 1, 2, 10);
const minutes = 10;
/** Minutes from the start in which the recorded venue says nothing, while the simulated one goes on. */
const silence = { from: 4, to: 7 };
let directory: string;
let db: QuestDb;
/** What the simulated exchange says of its own minutes; the last one never ends. */
let stated: ExchangeCandle[];

/** Each second a trade and a quote, at prices that the simulated market never has. */
const seconds = Array.from({ length: minutes * 60 }, (_, i) => i).filter(
  (i) => i < silence.from * 60 || i >= silence.to * 60,
);
const priceAt = (second: number) => 5_000_000 + (second % 60) + Math.floor(second / 60) * 100;

function recordedLines(): string {
  const s = `${coin}USDT`;
  return seconds
    .flatMap((i) => {
      const T = start + i * 1_000;
      const p = String(priceAt(i));
      const trade = { e: 'aggTrade', E: T, s, a: i, p, q: '0.5', f: i, l: i, T, m: i % 3 === 0 };
      const book = { e: 'bookTicker', u: i, s, b: p, B: '1', a: String(priceAt(i) + 1), A: '2', T, E: T };
      return [trade, book].map((data) => ({ recv: T, frame: { stream: `${s.toLowerCase()}@${data.e}`, data } }));
    })
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}

async function follow(name: VenueName, { wsUrl, play }: LocalExchange, rest: VenueRest) {
  const origin = await rest.origin();
  const feed = venues[name].feed({ wsUrl, origin, instruments: await rest.instruments(), symbols: [symbol] });
  const spool = { directory: join(directory, name), maxBytes: 1e9, sync: false };
  const writer = await TickWriter.connect(
    db.address,
    { flushMs: 50, batchRows: 500, queueRows: 10_000, spool },
    silent,
  );
  const queues = { redis: inject('redis'), prefix: `t-${mark}-${name}` };
  const { venue } = origin;
  try {
    return await withCloseClient({ queues, db, dataDir: '', log: silent, concurrency: 1 }, (closeClient) =>
      ingest({
        ...{ db, feed, writer, venue, symbols: [symbol], log: silent, live: false },
        onSubscribed: play,
        close: async (ranges) => void (await closeClient.close({ venue, symbols: [symbol], ranges })),
      }),
    );
  } finally {
    await feed.close();
    await writer.close();
  }
}

beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  directory = await mkdtemp(join(tmpdir(), 'tickforest-venues-'));
  await writeFile(join(directory, 'a.jsonl'), recordedLines());
  const recordings = [{ path: 'a.jsonl', kind: 'binance-um-frames', venue: other }];
  await writeFile(join(directory, 'manifest.json'), JSON.stringify({ recordings }));
  const market = simulateMarket({ symbols: [symbol], seed: 11, start, historyMinutes: 1, minutes });
  const simulated = await startExchange({ market, speed: Infinity });
  const recorded = await venues['binance-um'].local.replay(directory, { speed: Infinity });
  const restOf = (name: VenueName, url: string) => venues[name].rest({ url, limiter: new Limiter() });
  const rests = { blofin: restOf('blofin', simulated.restUrl), um: restOf('binance-um', recorded.restUrl) };
  try {
    const sessions = [follow('blofin', simulated, rests.blofin), follow('binance-um', recorded, rests.um)];
    const [own, um] = await Promise.all(sessions);
    expect(own.sources).toEqual({ ws: own.rows });
    expect(um.sources).toEqual({ replay: 2 * seconds.length });
    stated = [];
    const of = { symbol, from: start * 1_000, to: (start + minutes * 60_000) * 1_000 };
    for await (const page of rests.blofin.history(of)) stated.unshift(...page);
  } finally {
    await simulated.close();
    await recorded.close();
  }
});

afterAll(async () => {
  await db.close();
  await rm(directory, { recursive: true, force: true });
});

const bars = (table: string, columns: string, venue: string) =>
  db.query<{ ts: Date; [name: string]: unknown }>(
    `select ts, ${columns} from ${table} where symbol = '${symbol}' and venue = '${venue}' order by ts`,
  );

describe('two venues with the same symbol', () => {
  it('keep their ticks apart', async () => {
    const rows = await db.query<{ venue: string; n: number; least: number; most: number }>(
      `select venue, count() n, min(coalesce(price, bid)) least, max(coalesce(price, bid)) most
       from ticks where symbol = '${symbol}' order by venue`,
    );
    expect(rows.map(({ venue }) => venue)).toEqual(['sim', other]);
    expect(rows[1]).toMatchObject({ n: 2 * seconds.length, least: 5_000_000, most: priceAt(minutes * 60 - 1) });
    expect(rows[0].most).toBeLessThan(4_000_000);
  });

  it('have bars of their own trades alone', async () => {
    const measures = 'open, high, low, close, volume, buy_volume, trades';
    const own = await bars('candles_1m', measures, 'sim');
    expect(own.length).toBe(minutes);
    expect(stated.length).toBe(minutes - 1);
    expect(own.slice(0, -1).map(({ ts, open, high, low, close }) => [+ts * 1_000, open, high, low, close])).toEqual(
      stated.map(({ ts, open, high, low, close }) => [ts, open, high, low, close]),
    );
    for (const [i, { volume }] of stated.entries()) expect(own[i].volume).toBeCloseTo(volume, 6);
    const um = await bars('candles_1m', measures, other);
    const spoken = Array.from({ length: minutes }, (_, i) => i).filter((i) => i < silence.from || i >= silence.to);
    const expected = spoken.map((i) => {
      const prices = Array.from({ length: 60 }, (_, second) => priceAt(i * 60 + second));
      const range = { open: prices[0], high: prices[59], low: prices[0], close: prices[59] };
      return { ts: new Date(start + i * 60_000), ...range, volume: 30, buy_volume: 20, trades: 60 };
    });
    expect(um).toEqual(expected);
  });

  it('have 5-minute bars of their own minutes alone', async () => {
    await viewsCurrent(db);
    const um = await bars('candles_5m', 'open, close, trades, bars', other);
    const at = (minute: number) => new Date(start + minute * 60_000);
    expect(um).toEqual([
      { ts: at(0), open: priceAt(0), close: priceAt(4 * 60 - 1), trades: 240, bars: 4 },
      { ts: at(5), open: priceAt(7 * 60), close: priceAt(10 * 60 - 1), trades: 180, bars: 3 },
    ]);
    const [first, second] = await bars('candles_5m', 'open, close, bars', 'sim');
    expect(first).toEqual({ ts: at(0), open: stated[0].open, close: stated[4].close, bars: 5 });
    expect(second).toMatchObject({ ts: at(5), open: stated[5].open, bars: 5 });
  });

  it('have gaps of their own: the silence of one is none of the other', async () => {
    const gaps = await db.query<{ venue: string; gap_id: string; since: Date; cause: string }>(
      `select venue, gap_id, since, cause from gaps where symbol = '${symbol}' latest on ts partition by gap_id`,
    );
    for (const { venue, gap_id } of gaps) expect(gap_id.startsWith(`${venue}/${symbol}/`)).toBe(true);
    // Which of the two sockets is read first decides whether the silence, the jump of the ids, or one after the other is seen.
    const within = gaps.filter(({ cause }) => cause === 'missed minute' || cause === 'missing ids');
    expect(within).not.toEqual([]);
    expect(new Set(within.map(({ cause }) => cause)).size).toBe(within.length);
    for (const { venue, since } of within)
      expect([venue, +since]).toEqual([other, start + silence.from * 60_000 - 1_000]);
  });
});
