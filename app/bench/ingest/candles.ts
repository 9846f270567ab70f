import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Figure, figure } from '#app/bench/report.ts';
import type { Context } from '#app/context.ts';
import type { Tick } from '#ingest/feed.ts';
import { TickWriter } from '#ingest/store/writer.ts';
import { closeMinutes } from '#jobs/candles/close.ts';
import { withCloseClient } from '#jobs/candles/close_client.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { viewsCurrent } from '#lib/questdb/views.ts';
import { floorMinute, minute } from '#lib/time.ts';

/** What the older system had recorded: 24.8 million ticks of 36 pairs in eleven and a half days. */
const ticks = 24_800_000;
const symbols = Array.from({ length: 36 }, (_, i) => `S${String(i).padStart(2, '0')}-USDT`);
const venue = 'bench-candles';
const start = Date.UTC(2026, 0, 1) * 1_000;
const days = Math.ceil(ticks / symbols.length / 86_400);

/** Candles from 24.8 million ticks, beside the barest statement that could make them; then the way of one late tick. */
export async function benchCandles(context: Context, onProgress: (what: string) => void): Promise<Figure[]> {
  const { db } = context;
  onProgress(`candles: making ${ticks} ticks`);
  await makeTicks(db);
  const range = { from: start, to: start + days * 1_440 * minute };
  onProgress('candles: closing them');
  const ours = await timed(() => closeMinutes(db, { venue, symbols, ranges: [range] }));
  onProgress('candles: the barest statement');
  const bare = await timed(() => bareCandles(db));
  onProgress('candles: one late tick');
  const late = await lateTick(context);
  return [
    figure('candles_rebuild_s', ours, 's', 'less', {
      name: 'SAMPLE BY without precedence, gaps and flat bars',
      value: bare,
    }),
    figure('late_tick_s', late, 's', 'less'),
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1_000;
}

/** One tick a second and symbol: three of four are quotes with the last price, the rest trades. */
async function makeTicks(db: QuestDb): Promise<void> {
  const chunk = 36 * 86_400;
  for (let from = 0; from < ticks; from += chunk) {
    const rows = Math.min(chunk, ticks - from);
    await db.query(`
      INSERT INTO ticks (ts, venue, symbol, source, kind, event_id, price, size, side, bid, ask, received_at, seq)
      SELECT
        (${start} + ((x - 1 + ${from}) / 36) * 1000000 + ((x - 1) % 36) * 1000)::timestamp,
        '${venue}',
        'S' || lpad(((x - 1) % 36)::string, 2, '0') || '-USDT',
        'archive',
        CASE WHEN ((x - 1) / 36) % 4 = 0 THEN 'trade' ELSE 'quote' END,
        (x + ${from})::varchar,
        100.0 + ((x * 7919) % 1000) / 100.0,
        CASE WHEN ((x - 1) / 36) % 4 = 0 THEN 0.5 + (x % 7) END,
        CASE WHEN ((x - 1) / 36) % 4 = 0 THEN CASE WHEN x % 3 = 0 THEN 'sell' ELSE 'buy' END END,
        99.9,
        100.1,
        (${start} + ((x - 1 + ${from}) / 36) * 1000000 + ((x - 1) % 36) * 1000 + 50000)::timestamp,
        ${start} + ((x - 1 + ${from}) / 36) * 1000000 + ((x - 1) % 36) * 1000 + 50000
      FROM long_sequence(${rows})`);
  }
  await db.applied(['ticks'], 300_000);
}

async function bareCandles(db: QuestDb): Promise<void> {
  await db.query(
    `CREATE TABLE IF NOT EXISTS bench_candles (ts TIMESTAMP, venue SYMBOL, symbol SYMBOL, open DOUBLE, high DOUBLE, low DOUBLE,
     close DOUBLE, volume DOUBLE) TIMESTAMP(ts) PARTITION BY DAY WAL DEDUP UPSERT KEYS(ts, venue, symbol)`,
  );
  await db.query(
    `INSERT INTO bench_candles SELECT ts, venue, symbol, first(price), max(price), min(price), last(price), sum(size)
     FROM ticks WHERE venue = '${venue}' SAMPLE BY 1m`,
  );
  await db.applied(['bench_candles']);
  await db.query('DROP TABLE bench_candles');
}

/** Seconds from a tick's arrival until candles_1m and candles_5m show it, through the writer and the closer's queue. */
async function lateTick(context: Context): Promise<number> {
  const { db, log } = context;
  const directory = mkdtempSync(join(tmpdir(), 'tickforest-spool-'));
  const options = { flushMs: 250, batchRows: 5_000, queueRows: 100_000 };
  const writer = await TickWriter.connect(
    db.address,
    { ...options, spool: { directory, maxBytes: 1e9, sync: false } },
    log,
  );
  try {
    return await withCloseClient(context.worker, async (closeClient) => {
      const ts = start + 3 * 86_400_000_000 + 30_000_000;
      const at = floorMinute(ts);
      const high = 1_000;
      return timed(async () => {
        await writer.write(lateTrade(ts, high));
        await writer.flush();
        await closeClient.close({ venue, symbols, ranges: [{ from: at, to: at + minute }] });
        // As a worker does after each close.
        await viewsCurrent(db);
        for (const table of ['candles_1m', 'candles_5m']) await shows(db, table, high);
      });
    });
  } finally {
    await writer.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function shows(db: QuestDb, table: string, high: number): Promise<void> {
  for (;;) {
    const [{ n }] = await db.query<{ n: number }>(
      `SELECT count() AS n FROM ${table} WHERE venue = '${venue}' AND symbol = '${symbols[0]}' AND high = ${high}.0`,
    );
    if (n === 1) return;
    await sleep(20);
  }
}

function lateTrade(ts: number, price: number): Tick {
  const none = { bid: null, ask: null, bidSize: null, askSize: null, volume24h: null, high24h: null, low24h: null };
  const key = { venue, symbol: symbols[0], source: 'ws', kind: 'trade', ts, eventId: 'late' } as const;
  return { ...key, price, size: 1, side: 'buy', ...none, receivedAt: Date.now() * 1_000, seq: null };
}
