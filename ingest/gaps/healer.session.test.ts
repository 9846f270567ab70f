import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { backfill } from '#ingest/history/backfill.ts';
import { ingest } from '#ingest/session/ingest.ts';
import { TickWriter } from '#ingest/store/writer.ts';
import { Limiter } from '#ingest/transport/limiter.ts';
import { BlofinFeed } from '#ingest/venues/blofin/feed.ts';
import { type LocalExchange, startExchange } from '#ingest/venues/blofin/local/server.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';
import { BlofinRest } from '#ingest/venues/blofin/rest.ts';
import { closeMinutes } from '#jobs/candles/close.ts';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { minute } from '#lib/time.ts';
import { Healer } from './healer.ts';

const second = 1_000_000;
const t0 = Date.UTC(2026, 2, 3, 10) * 1_000;
let db: QuestDb;
let exchange: LocalExchange;
let writer: TickWriter;
const directory = mkdtempSync(join(tmpdir(), 'tickforest-heal-'));

beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterEach(async () => {
  await writer.close();
  await exchange.close();
});
afterAll(async () => {
  await db.close();
  rmSync(directory, { recursive: true });
});

it('a feed that starts late and is cut off again and again ends with the exchange’s bars and no gap left', async () => {
  const mark = randomUUID().slice(0, 8).toUpperCase();
  const symbols = [`T${mark}A-USDT`, `T${mark}B-USDT`];
  const venue = 'sim';
  const market = simulateMarket({ symbols, seed: 17, start: t0 / 1_000, historyMinutes: 30 });
  exchange = await startExchange({ market, speed: 60 });
  const limiter = new Limiter({ perMinute: 60_000, burst: 1_000 });
  const rest = new BlofinRest({ url: exchange.restUrl, limiter });
  const close = (ranges: { from: number; to: number }[], of: string[]) =>
    closeMinutes(db, { venue, symbols: of, ranges });
  const { range } = await backfill(db, rest, { symbols, minutes: 30 });
  await close([range!], []);

  // Between the end of the history and the first tick, minutes pass.
  exchange.play();
  while (exchange.now() * 1_000 < t0 + 3 * minute + 20 * second)
    await new Promise((resolve) => setTimeout(resolve, 50));
  const feed = new BlofinFeed({
    ...{ wsUrl: exchange.wsUrl, instruments: await rest.instruments(), symbols, origin: await rest.origin() },
    ...{ subscriptions: { spacingMs: 1 }, connectSpacingMs: 1, backoffMinMs: 100, backoffMaxMs: 400 },
  });
  const spool = { directory, maxBytes: 2 ** 24, sync: false };
  writer = await TickWriter.connect(db.address, { flushMs: 50, batchRows: 1_000, queueRows: 10_000, spool }, silent);
  const healer = new Healer({
    ...{ db, rest, venue, symbols, days: 1, log: silent, request: close, flush: () => writer.flush() },
    write: (tick) => writer.write(tick),
    timing: { pollMs: 100, settleMs: 200, retryMs: 500 },
  });
  const stop = new AbortController();
  const healing = healer.run(stop.signal);
  const cuts = [0, 1, 2, 3, 4].map((i) => t0 + (6 + i) * minute + 40 * second);
  const end = t0 + 15 * minute;
  await ingest({
    ...{ db, feed, writer, venue, symbols, log: silent },
    close: async (ranges) => void (await close(ranges, symbols)),
    onEvent: (event) => {
      healer.saw(event);
      if (event.type !== 'tick') return;
      if (event.tick.ts >= (cuts[0] ?? Number.POSITIVE_INFINITY)) {
        cuts.shift();
        exchange.faults.dropAll();
      }
      if (event.tick.ts >= end) void feed.close();
    },
  });
  await healer.idle();
  stop.abort();
  await healing;

  await db.applied(['gaps', 'candles_1m']);
  const ledger = await db.query<{ symbol: string; event: string; level: string; how: string; cause: string }>(
    `select symbol, event, level, how, cause from gaps where venue = '${venue}' and symbol in ('${symbols.join("', '")}')
     latest on ts partition by gap_id order by since`,
  );
  const closed = ledger.filter(({ cause }) => cause !== 'end of feed');
  expect(closed.filter(({ cause }) => cause === 'late start')).toHaveLength(2);
  expect(closed.length).toBeGreaterThanOrEqual(2 + 2 * 5);
  expect(closed.filter(({ event }) => event !== 'healed')).toEqual([]);
  expect(ledger.filter(({ cause }) => cause === 'end of feed')).toMatchObject([
    { event: 'opened' },
    { event: 'opened' },
  ]);

  for (const symbol of symbols) {
    const url = `${exchange.restUrl}/api/v1/market/candles?instId=${symbol}&limit=1440&after=${end / 1_000}`;
    const { data } = (await (await fetch(url)).json()) as { data: string[][] };
    const bars = await db.query<{ at: number; complete: boolean; [name: string]: unknown }>(
      `select cast(ts as long) at, open, high, low, close, volume, complete from candles_1m
       where venue = '${venue}' and symbol = '${symbol}' and cast(ts as long) < ${end} order by ts`,
    );
    expect(bars).toEqual(
      data.reverse().map(([ms, open, high, low, closing, , volume]) => ({
        ...{ at: Number(ms) * 1_000, open: Number(open), high: Number(high), low: Number(low), close: Number(closing) },
        ...{ volume: expect.closeTo(Number(volume), 6), complete: true },
      })),
    );
    expect(bars).toHaveLength(45);
  }
});
