import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { configSchema } from '#lib/config.ts';
import { silent } from '#lib/log.ts';
import { QuestDb, type QuestDbAddress } from '#lib/questdb/database.ts';
import { migrate } from '#lib/questdb/migrations.ts';
import { freePort } from '#lib/services/ports.ts';
import type { StartedProcess } from '#lib/services/process.ts';
import { startQuestDb } from '#lib/services/questdb.ts';
import type { Tick } from './feed.ts';
import { TickWriter, type WriterOptions } from './writer.ts';

/** A server of this file's own, because it is killed again and again. */
const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-writer-'));
const config = configSchema.parse({ dataDir, questdb: { heap: '512m' } });
let address: QuestDbAddress;
let server: StartedProcess;
let db: QuestDb;
let writers: TickWriter[] = [];

async function start() {
  server = await startQuestDb(config, address.httpPort, address.pgPort);
}

async function kill() {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = once(server, 'exit');
  server.kill('SIGKILL');
  await gone;
}

async function writerOf(options: Partial<WriterOptions> = {}) {
  const writer = await TickWriter.connect(
    address,
    { flushMs: 20, batchRows: 500, queueRows: 100_000, closeMs: 30_000, ...options },
    silent,
  );
  writers.push(writer);
  return writer;
}

function tick(venue: string, n: number, more: Partial<Tick> = {}): Tick {
  const none = { bid: null, ask: null, bidSize: null, askSize: null, volume24h: null, high24h: null, low24h: null };
  const ts = Date.UTC(2026, 0, 5) * 1_000 + n * 1_000;
  return {
    ...{ venue, symbol: 'AAA-USDT', source: 'ws', kind: 'trade', ts, eventId: String(n), price: 100 + n, size: 1 },
    ...{ side: 'buy', ...none, receivedAt: ts + 7, ...more },
  };
}

async function stored(venue: string) {
  await db.applied(['ticks']);
  const [row] = await db.query<{ n: number; ids: number }>(
    `select count() n, count_distinct(event_id) ids from ticks where venue = '${venue}'`,
  );
  return row;
}

function accounted(writer: TickWriter) {
  const { received, stored, queued } = writer.counters;
  return received === stored + queued;
}

beforeAll(async () => {
  const httpPort = await freePort(29_000);
  const pgPort = await freePort(httpPort + 1);
  const of = { user: 'admin', password: 'quest', database: 'qdb', tls: false, tlsVerify: true, httpAuth: false };
  address = { host: '127.0.0.1', httpPort, pgPort, ...of };
  await start();
  db = new QuestDb(address);
  await migrate(db);
});
afterEach(async () => {
  await Promise.allSettled(writers.map((writer) => writer.close()));
  writers = [];
});
afterAll(async () => {
  await db.close();
  await kill();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('TickWriter', { timeout: 180_000 }, () => {
  it('keeps every value and leaves what is absent null', async () => {
    const writer = await writerOf();
    const full: Partial<Tick> = { bid: 1.5, ask: 2.5, bidSize: 3, askSize: 4, volume24h: 5, high24h: 6, low24h: 7 };
    await writer.write(tick('values', 1, { eventId: 'a "b", c=d\\e é', price: 0.0000012 }));
    await writer.write(tick('values', 2, { kind: 'quote', side: null, price: null, size: null, ...full }));
    await writer.flush();
    await db.applied(['ticks']);
    const rows = await db.query(
      `select event_id, kind, price, size, side, bid, ask, bid_size, ask_size, volume_24h, high_24h, low_24h,
       cast(received_at as long) - cast(ts as long) lag from ticks where venue = 'values' order by ts`,
    );
    const none = {
      bid: null,
      ask: null,
      bid_size: null,
      ask_size: null,
      volume_24h: null,
      high_24h: null,
      low_24h: null,
    };
    expect(rows).toEqual([
      { event_id: 'a "b", c=d\\e é', kind: 'trade', price: 0.0000012, size: 1, side: 'buy', ...none, lag: 7 },
      {
        ...{ event_id: '2', kind: 'quote', price: null, size: null, side: null, bid: 1.5, ask: 2.5, bid_size: 3 },
        ...{ ask_size: 4, volume_24h: 5, high_24h: 6, low_24h: 7, lag: 7 },
      },
    ]);
  });

  it('sends a lonely row by time, without another call', async () => {
    const writer = await writerOf();
    await writer.write(tick('time', 1));
    await vi.waitFor(() => expect(writer.counters).toMatchObject({ stored: 1, queued: 0 }), 10_000);
  });

  it('serves callers of flush and close at the same time, each row once', async () => {
    const writer = await writerOf({ flushMs: 60_000, batchRows: 10 });
    for (let n = 0; n < 35; n++) await writer.write(tick('callers', n));
    await Promise.all([writer.flush(), writer.flush(), writer.close(), writer.close(), writer.flush()]);
    expect(writer.counters).toEqual({ received: 35, stored: 35, queued: 0, failures: 0 });
    expect(await stored('callers')).toEqual({ n: 35, ids: 35 });
    await expect(writer.write(tick('callers', 99))).rejects.toThrow(/closed/);
  });

  it('loses and doubles nothing when the server is killed in mid-stream and comes back', async () => {
    const writer = await writerOf();
    let down: Promise<void> | undefined;
    for (let n = 0; n < 20_000; n++) {
      await writer.write(tick('killed', n));
      expect(accounted(writer)).toBe(true);
      if (n === 6_000) down = kill().then(start);
      if (n % 1_000 === 0) await sleep(1);
    }
    await down;
    await writer.close();
    expect(writer.counters).toMatchObject({ received: 20_000, stored: 20_000, queued: 0 });
    expect(await stored('killed')).toEqual({ n: 20_000, ids: 20_000 });
  });

  it('makes the feed wait while the queue is full, and lets it go on afterwards', async () => {
    await kill();
    const writer = await writerOf({ batchRows: 2, queueRows: 5 });
    for (let n = 0; n < 4; n++) await writer.write(tick('pressure', n));
    let through = false;
    const fifth = writer.write(tick('pressure', 4)).then(() => {
      through = true;
    });
    await sleep(100);
    expect(through).toBe(false);
    expect(writer.counters).toMatchObject({ received: 5, stored: 0, queued: 5 });
    await start();
    await fifth;
    await writer.close();
    expect(await stored('pressure')).toEqual({ n: 5, ids: 5 });
  });

  it('gives up at close when the server stays away, and says how many rows it still has', async () => {
    await kill();
    const writer = await writerOf({ closeMs: 200 });
    for (let n = 0; n < 12; n++) await writer.write(tick('away', n));
    await expect(writer.close()).rejects.toThrow(/^12 ticks could not be written to QuestDB within 0.2 s/);
    expect(writer.counters).toMatchObject({ received: 12, stored: 0, queued: 12 });
    await expect(writer.close()).rejects.toThrow(/12 ticks/);
    await start();
  });

  it('ends loudly with a row that cannot be sent, instead of repeating it for ever', async () => {
    const writer = await writerOf({ flushMs: 5 });
    await writer.write(tick('unsayable', 1, { ts: 1.5 }));
    await expect(writer.flush()).rejects.toThrow(/A tick cannot be sent to QuestDB: .*"ts":1.5/);
    // The timer goes on meanwhile: its failure must not end the process either.
    await sleep(50);
    await expect(writer.write(tick('unsayable', 2))).rejects.toThrow(/A tick cannot be sent/);
    await expect(writer.close()).rejects.toThrow(/A tick cannot be sent/);
  });

  it('ends loudly with a row that the server refuses', async () => {
    await db.query('rename table ticks to kept');
    await db.query('create table ticks (ts timestamp, price boolean) timestamp(ts) partition by day wal');
    const writer = await writerOf({ flushMs: 5 });
    await writer.write(tick('refused', 1));
    await expect(writer.flush()).rejects.toThrow(/QuestDB refuses ticks: .*400/);
    expect(writer.counters).toMatchObject({ received: 1, stored: 0, queued: 1 });
    await expect(writer.close()).rejects.toThrow(/refuses/);
  });
});
