import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OwnQuestDb } from '#app/testing/own_questdb.ts';
import type { Tick } from '#ingest/feed.ts';
import { silent } from '#lib/log.ts';
import { migrate } from '#lib/questdb/migrations.ts';
import { eventually } from '#lib/testing/eventually.ts';
import { TickWriter, type WriterOptions } from './writer.ts';

/** A server of this file's own, because it is killed again and again. */
let server: OwnQuestDb;
let writers: TickWriter[] = [];

const start = () => server.start();
const kill = () => server.kill();

/** A spool of this writer's own. */
function spoolOf(directory = join(server.dataDir, 'spool', randomUUID()), maxBytes = 1e9) {
  return { directory, maxBytes, sync: false };
}

const files = (directory: string) => (existsSync(directory) ? readdirSync(directory) : []);

async function writerOf(options: Partial<WriterOptions> = {}) {
  const writer = await TickWriter.connect(
    server.address,
    { flushMs: 20, batchRows: 500, queueRows: 100_000, closeMs: 30_000, spool: spoolOf(), ...options },
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
    ...{ side: 'buy', ...none, receivedAt: ts + 7, seq: ts + 7, ...more },
  };
}

async function stored(venue: string) {
  await server.db.applied(['ticks']);
  const [row] = await server.db.query<{ n: number; ids: number }>(
    `select count() n, count_distinct(event_id) ids from ticks where venue = '${venue}'`,
  );
  return row;
}

function accounted(writer: TickWriter) {
  const { received, acknowledged, queued, spooled, lost } = writer.counters;
  return received === acknowledged + queued + spooled + lost && Math.min(acknowledged, queued, spooled, lost) >= 0;
}

beforeAll(async () => {
  server = await OwnQuestDb.start('writer');
  await migrate(server.db);
});
afterEach(async () => {
  await Promise.allSettled(writers.map((writer) => writer.close()));
  writers = [];
});
afterAll(() => server.end());

describe('TickWriter', () => {
  it('keeps every value and leaves what is absent null', async () => {
    const writer = await writerOf();
    const full: Partial<Tick> = { bid: 1.5, ask: 2.5, bidSize: 3, askSize: 4, volume24h: 5, high24h: 6, low24h: 7 };
    await writer.write(tick('values', 1, { eventId: 'a "b", c=d\\e é', price: 0.0000012 }));
    await writer.write(tick('values', 2, { kind: 'quote', side: null, price: null, size: null, ...full }));
    await writer.flush();
    await server.db.applied(['ticks']);
    const rows = await server.db.query(
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
    await eventually(() => expect(writer.counters).toMatchObject({ acknowledged: 1, queued: 0, spooled: 0 }));
  });

  it('serves callers of flush and close at the same time, each row once', async () => {
    const writer = await writerOf({ flushMs: 60_000, batchRows: 10 });
    for (let n = 0; n < 35; n++) await writer.write(tick('callers', n));
    await Promise.all([writer.flush(), writer.flush(), writer.close(), writer.close(), writer.flush()]);
    expect(writer.counters).toMatchObject({ received: 35, acknowledged: 35, queued: 0, spooled: 0, failures: 0 });
    expect(await stored('callers')).toEqual({ n: 35, ids: 35 });
    expect(() => writer.write(tick('callers', 99))).toThrow(/closed/);
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
    expect(writer.counters).toMatchObject({ received: 20_000, acknowledged: 20_000, queued: 0, spooled: 0, lost: 0 });
    expect(await stored('killed')).toEqual({ n: 20_000, ids: 20_000 });
  });

  it('keeps a long outage on disk, not in memory, and sends it in order afterwards', async () => {
    await kill();
    const spool = spoolOf();
    const writer = await writerOf({ spool });
    for (let n = 0; n < 60_000; n++) {
      await writer.write(tick('outage', n));
      if (n % 500 === 0) await sleep(1);
    }
    await eventually(() => expect(writer.counters).toMatchObject({ queued: 0, spooled: 60_000 }));
    expect(accounted(writer)).toBe(true);
    await eventually(() => expect(writer.trouble).toMatch(/has not answered|connect|fetch/));
    expect(files(spool.directory).length).toBeGreaterThan(0);
    const order: number[] = [];
    writer.onAcknowledged = (_, span) => order.push(span.tsFrom);
    await start();
    await writer.flush();
    expect(await stored('outage')).toEqual({ n: 60_000, ids: 60_000 });
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(writer.trouble).toBeUndefined();
    await writer.close();
    expect(files(spool.directory)).toEqual([]);
  });

  it('leaves at its end in the spool what QuestDB did not take, and the next writer sends it first', async () => {
    await kill();
    const spool = spoolOf();
    const writer = await writerOf({ closeMs: 200, spool });
    for (let n = 0; n < 1_200; n++) await writer.write(tick('left', n));
    await writer.close();
    expect(writer.counters).toMatchObject({ received: 1_200, acknowledged: 0, queued: 0, spooled: 1_200 });
    await start();
    const next = await writerOf({ spool });
    expect(next.recovered).toEqual({ from: tick('left', 0).ts, to: tick('left', 1_199).ts });
    await next.write(tick('left', 5_000));
    await next.recoveredStored();
    expect(await stored('left')).toMatchObject({ n: expect.toSatisfy((n: number) => n >= 1_200) });
    await next.close();
    expect(next.counters).toMatchObject({ received: 1, acknowledged: 1, recovered: 1_200, recovered_waiting: 0 });
    expect(await stored('left')).toEqual({ n: 1_201, ids: 1_201 });
    expect(files(spool.directory)).toEqual([]);
  });

  it('says which spell was in a damaged part of the spool, and sends the rest', async () => {
    await kill();
    const spool = spoolOf();
    const writer = await writerOf({ closeMs: 200, batchRows: 100, spool });
    for (let n = 0; n < 500; n++) await writer.write(tick('damaged', n));
    await writer.close();
    const [name] = files(spool.directory);
    const bytes = readFileSync(join(spool.directory, name));
    // A byte in the payload of the third batch, and the end torn off.
    const third = bytes.indexOf('"damaged"', bytes.indexOf('tick-batch 2 '));
    bytes[third + 3] ^= 1;
    writeFileSync(join(spool.directory, name), bytes.subarray(0, bytes.length - 50));
    await start();
    const next = await writerOf({ spool });
    const ends = next.damages.map(({ rows, from, to }) => [rows, from, to]);
    const [at200, at299] = [tick('damaged', 200).ts, tick('damaged', 299).ts];
    const [at400, at499] = [tick('damaged', 400).ts, tick('damaged', 499).ts];
    expect(ends).toEqual([
      [100, at200, at299],
      [100, at400, at499],
    ]);
    await next.recoveredStored();
    expect(await stored('damaged')).toEqual({ n: 300, ids: 300 });
  });

  it('goes on without a disk: rows wait in memory, the feed has to wait, and all is said', async () => {
    await kill();
    const blocked = join(server.dataDir, 'spool', 'blocked');
    mkdirSync(join(server.dataDir, 'spool'), { recursive: true });
    writeFileSync(blocked, 'a file where the directory should be');
    await start();
    // A file that is in the way is no directory to read either: begin with a sound one.
    rmSync(blocked);
    const writer = await writerOf({ batchRows: 2, queueRows: 5, spool: spoolOf(blocked) });
    writeFileSync(blocked, 'in the way');
    await writer.write(tick('diskless', 0));
    await writer.flush();
    expect(writer.trouble).toMatch(/^the spool cannot be written: .*(ENOTDIR|EEXIST)/);
    expect(writer.counters).toMatchObject({ received: 1, acknowledged: 1 });
    await kill();
    for (let n = 1; n < 5; n++) await writer.write(tick('diskless', n));
    let through = false;
    const sixth = Promise.resolve(writer.write(tick('diskless', 5))).then(() => {
      through = true;
    });
    await sleep(200);
    expect(through).toBe(false);
    expect(writer.counters).toMatchObject({ received: 6, acknowledged: 1, queued: 5, spooled: 0 });
    rmSync(blocked);
    await start();
    await sixth;
    await writer.write(tick('diskless', 6));
    await writer.close();
    expect(writer.trouble).toBeUndefined();
    expect(await stored('diskless')).toEqual({ n: 7, ids: 7 });
  });

  it('keeps the spool within its bounds; beyond them the feed has to wait', async () => {
    await kill();
    const writer = await writerOf({ batchRows: 10, queueRows: 30, spool: spoolOf(undefined, 4_000) });
    let through = 0;
    const all = (async () => {
      for (let n = 0; n < 200; n++) {
        await writer.write(tick('bounded', n));
        through += 1;
      }
    })();
    await eventually(() => expect(writer.trouble).toMatch(/the spool is full: \d+ of 4000 bytes/));
    await sleep(200);
    expect(through).toBeLessThan(100);
    expect(writer.counters.spool_bytes).toBeLessThanOrEqual(4_000);
    expect(accounted(writer)).toBe(true);
    await start();
    await all;
    await writer.close();
    expect(await stored('bounded')).toEqual({ n: 200, ids: 200 });
  });

  it('loses nothing silently when neither QuestDB nor the disk takes rows: the end says how many', async () => {
    await kill();
    const writer = await writerOf({ closeMs: 200, spool: spoolOf(undefined, 10) });
    for (let n = 0; n < 12; n++) await writer.write(tick('away', n));
    await expect(writer.close()).rejects.toThrow(/^12 rows are lost: QuestDB did not take them within 0.2 s/);
    expect(writer.counters).toMatchObject({ received: 12, acknowledged: 0, queued: 12 });
    await expect(writer.close()).rejects.toThrow(/12 rows/);
    await start();
  });

  it('makes a source that can wait keep step with QuestDB', async () => {
    await kill();
    const writer = await writerOf({ batchRows: 5, aheadRows: 20 });
    for (let n = 0; n < 19; n++) await writer.write(tick('ahead', n));
    let through = false;
    const next = Promise.resolve(writer.write(tick('ahead', 19))).then(() => {
      through = true;
    });
    await sleep(100);
    expect(through).toBe(false);
    await start();
    await next;
    await writer.close();
    expect(await stored('ahead')).toEqual({ n: 20, ids: 20 });
  });

  it('stores refused rows with their raw frames', async () => {
    const writer = await writerOf();
    const row = {
      venue: 'refusing',
      source: 'ws',
      reason: 'malformed frame',
      raw: '{"a": "b\n',
      receivedAt: 5e15,
    } as const;
    await writer.reject({ ...row, symbol: null });
    await writer.reject({ ...row, symbol: 'AAA-USDT', reason: 'bid above ask', receivedAt: 5e15 + 1 });
    await writer.close();
    await server.db.applied(['rejected_ticks']);
    expect(
      await server.db.query(
        "select symbol, source, reason, raw from rejected_ticks where venue = 'refusing' order by ts",
      ),
    ).toEqual([
      { symbol: null, source: 'ws', reason: 'malformed frame', raw: row.raw },
      { symbol: 'AAA-USDT', source: 'ws', reason: 'bid above ask', raw: row.raw },
    ]);
    expect(writer.counters).toMatchObject({ received: 0, acknowledged: 0 });
  });

  it('ends loudly with a row that cannot be sent, instead of repeating it for ever', async () => {
    const writer = await writerOf({ flushMs: 5 });
    await writer.write(tick('unsayable', 1, { ts: 1.5 }));
    await expect(writer.flush()).rejects.toThrow(/A row cannot be sent to QuestDB: .*"ts":1.5/);
    // The timer goes on meanwhile: its failure must not end the process either.
    await sleep(50);
    expect(() => writer.write(tick('unsayable', 2))).toThrow(/A row cannot be sent/);
    await expect(writer.close()).rejects.toThrow(/A row cannot be sent/);
  });

  it('gives nothing to another database that answers in its place, and waits for its own', async () => {
    const writer = await writerOf();
    for (let n = 0; n < 10; n++) await writer.write(tick('kept', n));
    await writer.flush();
    await kill();
    const other = await OwnQuestDb.start('other', server);
    try {
      const refusals = [
        /another database answers at .*: it has no tables/,
        /another database answers at .* than the one/,
      ];
      for (const [round, refusal] of refusals.entries()) {
        if (round === 1) await migrate(other.db);
        for (let n = 0; n < 20; n++) await writer.write(tick('kept', 10 + 20 * round + n));
        await eventually(() => expect(writer.trouble).toMatch(refusal));
        // And tries that follow are refused as well.
        const { failures } = writer.counters;
        await eventually(() => expect(writer.counters.failures).toBeGreaterThan(failures + 1));
        expect(writer.counters).toMatchObject({ acknowledged: 10, spooled: 20 * (round + 1), lost: 0 });
      }
      await other.db.applied(['ticks']);
      expect(await other.db.query('select count() n from ticks')).toEqual([{ n: 0 }]);
    } finally {
      await other.end();
    }
    await start();
    await writer.close();
    expect(writer.counters).toMatchObject({ received: 50, acknowledged: 50, queued: 0, spooled: 0 });
    expect(await stored('kept')).toEqual({ n: 50, ids: 50 });
  });

  it('ends loudly with a row that the server refuses', async () => {
    await server.db.query('rename table ticks to kept');
    await server.db.query('create table ticks (ts timestamp, price boolean) timestamp(ts) partition by day wal');
    const writer = await writerOf({ flushMs: 5 });
    await writer.write(tick('refused', 1));
    await expect(writer.flush()).rejects.toThrow(/QuestDB refuses ticks: .*400/);
    expect(writer.counters).toMatchObject({ received: 1, acknowledged: 0, spooled: 1 });
    await expect(writer.close()).rejects.toThrow(/refuses/);
  });
});
