import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { newCommand, ownId } from './command_worker.ts';
import { dropLeftoverJobs, leftoverJobs, leftoverWords } from './leftover_jobs.ts';
import { finished, openEvents, openQueue, type QueueAddress } from './queues.ts';
import { startWorker } from './worker.ts';

let db: QuestDb;
beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterAll(() => db.close());

function commandOn(queues: QueueAddress): QueueAddress {
  return { ...queues, command: newCommand() };
}

/** A worker of the queue `train` that notes what it does, under the name of its command if it has one. */
function noting(queues: QueueAddress, done: string[]) {
  const context = { queues, db, dataDir: '', log: silent, concurrency: 1 };
  return startWorker<object, string>(
    context,
    'train',
    async (job) => {
      done.push(job.name);
      return job.name;
    },
    { name: queues.command },
  );
}

const until = async (holds: () => boolean | Promise<boolean>) => {
  while (!(await holds())) await sleep(50);
};

describe('the worker of a command', () => {
  it('does its own jobs, leaves those of others unharmed, and a service does these', async () => {
    const service: QueueAddress = { redis: inject('redis'), prefix: `t-${randomUUID()}` };
    const [earlier, command] = [commandOn(service), commandOn(service)];
    const queue = openQueue<object, string>(service, 'train');
    const events = openEvents(service, 'train');
    await events.waitUntilReady();
    const foreign = [
      await queue.add('cut off', {}, ownId(earlier)),
      await queue.add('cut off too', {}, { ...ownId(earlier), attempts: 2 }),
      await queue.add('of the service', {}),
    ];
    await queue.upsertJobScheduler('schedule', { pattern: '0 0 3 * * *' }, { name: 'scheduled', data: {} });
    const own = await queue.add('own', {}, ownId(command));
    const done: string[] = [];
    const worker = noting(command, done);
    await worker.waitUntilReady();
    expect(await finished(own, events)).toBe('own');
    await worker.close();
    expect(done).toEqual(['own']);
    for (const job of foreign) {
      const now = (await queue.getJob(job.id!))!;
      expect([await now.getState(), now.attemptsMade, now.failedReason]).toEqual([
        expect.stringMatching(/waiting|delayed/),
        0,
        undefined,
      ]);
    }

    const left = await leftoverJobs(service);
    expect(left.map(({ name }) => name).sort()).toEqual(['cut off', 'cut off too', 'of the service']);
    expect(await leftoverWords(service)).toEqual([
      expect.stringMatching(
        /^3 jobs wait in the queue train, left by an earlier command or service \(since 20.*\): \.\/tickforest up does them, \.\/tickforest jobs drop train removes them$/,
      ),
    ]);

    // With a service there is nothing to say: it does them, however late.
    const served = noting(service, done);
    await served.waitUntilReady();
    expect(await leftoverWords(service)).toEqual([]);
    await until(() => done.length === 4);
    expect(done.slice(1).sort()).toEqual(['cut off', 'cut off too', 'of the service']);
    await served.close();
    await Promise.all([queue.close(), events.close()]);
  });
});

describe('what is dropped', () => {
  it('is the work of commands that have ended, not of one that runs, of a service or of a schedule', async () => {
    const service: QueueAddress = { redis: inject('redis'), prefix: `t-${randomUUID()}` };
    const [ended, running] = [commandOn(service), commandOn(service)];
    const queue = openQueue<object, string>(service, 'train');
    await queue.pause();
    for (const each of [ended, running, service]) await queue.add(each.command ?? 'service', {}, ownId(each));
    await queue.upsertJobScheduler('schedule', { pattern: '0 0 3 * * *' }, { name: 'scheduled', data: {} });
    const workers = [noting(running, []), noting(service, [])];
    await Promise.all(workers.map((worker) => worker.waitUntilReady()));
    expect(await leftoverJobs(service)).toMatchObject([{ name: ended.command, state: 'waiting', served: true }]);
    expect(await dropLeftoverJobs(service, ['train'])).toEqual({ dropped: 1, locked: 0 });
    const kept = (await queue.getJobs(['waiting', 'delayed'])).map(({ name }) => name);
    expect(kept.sort()).toEqual([running.command, 'scheduled', 'service'].sort());
    await Promise.all(workers.map((worker) => worker.close()));
    // Nobody is there any more.
    expect((await leftoverJobs(service)).map(({ name }) => name).sort()).toEqual([running.command, 'service']);
    await queue.close();
  });
});
