import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { newCommand } from '#jobs/queue/command_worker.ts';
import { openQueue } from '#jobs/queue/queues.ts';
import { silent } from '#lib/log.ts';
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
