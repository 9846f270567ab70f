import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { ingest } from '#ingest/session/ingest.ts';
import { TickWriter } from '#ingest/store/writer.ts';
import { Limiter } from '#ingest/transport/limiter.ts';
import { BinanceFeed } from '#ingest/venues/binance/feed.ts';
import { openRecording } from '#ingest/venues/binance/local/recording.ts';
import { startExchange } from '#ingest/venues/binance/local/server.ts';
import { BinanceRest } from '#ingest/venues/binance/rest.ts';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { closeMinutes } from './close.ts';

const venue = `um-${randomUUID().slice(0, 8)}`;
const symbol = 'AAA-USDT';
const start = Date.UTC(2026, 2, 3, 10);
let directory: string;
let db: QuestDb;

const push = (data: { s: string; e: string; [field: string]: unknown }) => ({
  recv: data.T,
  frame: { stream: `${data.s.toLowerCase()}@${data.e}`, data },
});
const trade = (second: number) => {
  const T = start + second * 1_000;
  return push({ e: 'aggTrade', E: T, s: 'AAAUSDT', a: second, p: '5', q: '1', f: second, l: second, T, m: false });
};
const quote = (second: number) => {
  const T = start + second * 1_000;
  return push({ e: 'bookTicker', u: second, s: 'AAAUSDT', b: '4', B: '1', a: '6', A: '1', T, E: T });
};

beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  directory = await mkdtemp(join(tmpdir(), 'tickforest-stalled-'));
});
afterAll(async () => {
  await db.close();
  await rm(directory, { recursive: true, force: true });
});

it('minutes in which only the trades of a venue with two streams stalled are a gap, though quotes went on', async () => {
  // Trades and quotes for two minutes and a half, then quotes alone until the fifth minute is over.
  const lines = [];
  for (let second = 0; second < 310; second++) {
    if (second < 150) lines.push(trade(second));
    lines.push(quote(second));
  }
  await writeFile(join(directory, 'a.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const recordings = [{ path: 'a.jsonl', kind: 'binance-um-frames', venue }];
  await writeFile(join(directory, 'manifest.json'), JSON.stringify({ recordings }));
  // 310 seconds of market in about six: the stall outlasts the feed's patience before the recording ends.
  const exchange = await startExchange({ market: await openRecording(directory), speed: 50, autoplay: true });
  const rest = new BinanceRest({ url: exchange.restUrl, limiter: new Limiter() });
  const feed = new BinanceFeed({
    ...{ wsUrl: exchange.wsUrl, instruments: await rest.instruments(), symbols: [symbol], origin: await rest.origin() },
    ...{ connectSpacingMs: 1, backoffMinMs: 2, backoffMaxMs: 16, tradeStallMs: 800, stallMs: 60_000 },
  });
  const spool = { directory: join(directory, 'spool'), maxBytes: 1e9, sync: false };
  const writer = await TickWriter.connect(
    db.address,
    { flushMs: 50, batchRows: 500, queueRows: 10_000, spool },
    silent,
  );
  const causes: string[] = [];
  try {
    await ingest({
      ...{ db, feed, writer, venue, symbols: [symbol], log: silent, live: false },
      onEvent: (event) => {
        if (event.type === 'disconnected') causes.push(event.cause);
      },
      close: async (ranges) => void (await closeMinutes(db, { venue, symbols: [symbol], ranges })),
    });
  } finally {
    await feed.close();
    await writer.close();
    await exchange.close();
  }
  expect(causes[0]).toBe('no data for 0.8 s');
  await db.applied(['gaps', 'candles_1m']);
  const gaps = await db.query<{ since: Date; cause: string }>(
    `select since, cause from gaps where venue = '${venue}' and event = 'opened' and cause = 'no data for 0.8 s'`,
  );
  expect(gaps.map(({ since }) => +since)).toContain(start + 149_000);
  const bars = await db.query<{ ts: Date; trades: number; complete: boolean }>(
    `select ts, trades, complete from candles_1m where venue = '${venue}' and ts < '${new Date(start + 240_000).toISOString()}' order by ts`,
  );
  expect(bars.map(({ ts, trades, complete }) => [(+ts - start) / 60_000, trades, complete])).toEqual([
    [0, 60, true],
    [1, 60, true],
    [2, 30, false],
    [3, 0, false],
  ]);
});
