import { randomUUID } from 'node:crypto';
import type { Worker } from 'bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { UserError } from '#lib/errors.ts';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { newCommand } from './command_worker.ts';
import { openQueue, type QueueAddress } from './queues.ts';
import { runSchedule } from './run_schedule.ts';
import { schedules } from './schedules.ts';
import { startWorker } from './worker.ts';

const daily = schedules('03:10').find(({ id }) => id === 'train-daily')!;

let db: QuestDb;
let queues: QueueAddress;
let worker: Worker | undefined;
beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterAll(() => db.close());
beforeEach(() => {
  queues = { redis: inject('redis'), prefix: `t-${randomUUID()}` };
});
afterEach(async () => {
  await worker?.close(true);
  worker = undefined;
});

/** A worker of a service, or of a command. */
async function serve(work: () => Promise<unknown>, name?: string): Promise<void> {
  const context = { queues, db, dataDir: '', log: silent, concurrency: 1 };
  worker = startWorker<object, unknown>(context, 'daily', work, { name });
  await worker.waitUntilReady();
}

const added = async () => {
  const queue = openQueue<object, unknown>(queues, 'daily');
  const jobs = await queue.getJobs(['active', 'waiting', 'completed', 'failed', 'delayed']);
  await queue.close();
  return jobs.length;
};

describe('a run of a schedule', () => {
  it('is done once, however many ask while it is not done', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let runs = 0;
    await serve(async () => {
      runs += 1;
      await promise;
      return { runs };
    });
    const states = new Set<string>();
    const first = [1, 2, 3].map(() => runSchedule(queues, daily, true, ({ state }) => states.add(state)));
    while (!states.has('active')) await new Promise((next) => setTimeout(next, 20));
    const beside = await runSchedule(queues, daily, false);
    expect(beside).toMatchObject({ added: false, state: 'active' });
    resolve();
    for (const run of await Promise.all(first))
      expect(run).toMatchObject({ job: beside.job, state: 'completed', result: { runs: 1 }, reason: null });
    expect([runs, await added()]).toEqual([1, 1]);
    // The next one is another.
    expect(await runSchedule(queues, daily)).toMatchObject({ added: true, result: { runs: 2 } });
  });

  it('that fails says why', async () => {
    await serve(async () => {
      throw new UserError('Too few bars.', 'Wait.');
    });
    expect(await runSchedule(queues, daily)).toMatchObject({ state: 'failed', reason: 'Too few bars. Wait.' });
  });

  it('is the first training, where that is at work', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await serve(() => promise);
    const queue = openQueue<object, unknown>(queues, 'daily');
    const { id } = await queue.add('first', {});
    await queue.close();
    expect(await runSchedule(queues, daily, false)).toMatchObject({ job: id, added: false });
    resolve();
  });

  it('is not ordered where nobody would do it: there is no worker, or that of a command', async () => {
    await expect(runSchedule(queues, daily)).rejects.toThrow(/No worker is there to do train-daily/);
    await serve(async () => {}, newCommand());
    await expect(runSchedule(queues, daily)).rejects.toThrow(/No worker is there/);
    expect(await added()).toBe(0);
  });
});
