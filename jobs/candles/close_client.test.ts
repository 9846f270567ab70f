import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { newCommand } from '#jobs/queue/command_worker.ts';
import { openQueue } from '#jobs/queue/queues.ts';
import { silent } from '#lib/log.ts';
import { appendRows } from '#lib/questdb/append.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { withCloseClient } from './close_client.ts';

let db: QuestDb;

beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterAll(() => db.close());

describe('a command that closes minutes beside a running service', () => {
  it('leaves the schedule’s job to the service, unharmed, and closes its own', async () => {
    const queues = { redis: inject('redis'), prefix: `t-${randomUUID()}`, command: newCommand() };
    const queue = openQueue<object, unknown>(queues, 'close');
    const scheduled = await queue.add('close-by-the-minute', {}, { attempts: 1 });
    const from = Date.UTC(2026, 2, 3) * 1_000;
    const closed = await withCloseClient({ queues, db, dataDir: '', log: silent, concurrency: 1 }, (closeClient) =>
      closeClient.close({ venue: `t-${randomUUID()}`, symbols: ['A-USDT'], ranges: [{ from, to: from + 60e6 }] }),
    );
    expect(closed).toEqual({ minutes: 1 });
    expect(await scheduled.getState()).toMatch(/delayed|waiting|active/);
    expect(await queue.getFailedCount()).toBe(0);
    await queue.close();
  });
});

it('leaves coarser candles that show what it has closed', async () => {
  const queues = { redis: inject('redis'), prefix: `t-${randomUUID()}` };
  const [venue, from] = [`t-${randomUUID()}`, Date.UTC(2026, 2, 4) * 1_000];
  await appendRows(
    db.address,
    'ticks',
    Array.from({ length: 5 }, (_, i) => ({
      ts: from + i * 60e6,
      symbols: { venue, symbol: 'A-USDT', source: 'archive', kind: 'trade' },
      strings: { event_id: `${i}` },
      doubles: { price: 100 + i, size: 1 },
    })),
  );
  await withCloseClient({ queues, db, dataDir: '', log: silent, concurrency: 1 }, (closeClient) =>
    closeClient.close({ venue, symbols: ['A-USDT'], ranges: [{ from, to: from + 300e6 }] }),
  );
  const bars = await db.query(`SELECT open, close, volume, bars FROM candles_5m WHERE venue = '${venue}'`);
  expect(bars).toEqual([{ open: 100, close: 104, volume: 5, bars: 5 }]);
});
