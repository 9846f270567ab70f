import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openRedis } from '#lib/redis.ts';
import { emptyRedis } from './empty_redis.ts';
import { type Fault, seconds } from './fault.ts';
import type { Part } from './pipeline.ts';

const kill = (part: Part): Fault => ({
  name: `kill-${part}`,
  does: `kill -9 of ${part}`,
  plant: async ({ pipeline }) => pipeline.signal(part, 'SIGKILL'),
});

const stop = (part: Part, span: number): Fault => ({
  name: `stop-${part}`,
  does: `SIGSTOP of ${part}, SIGCONT after ${span} s`,
  plant: async ({ pipeline }) => {
    const pid = pipeline.pid(part);
    process.kill(pid, 'SIGSTOP');
    await seconds(span);
    process.kill(pid, 'SIGCONT');
  },
});

/** So that both see some minutes close. */
const secondWorkerMs = 130_000;

/** Nobody starts a dead supervisor again but a person, who has to be told of it first. */
const toldMs = 90_000;

export const processFaults: readonly Fault[] = [
  kill('worker'),
  kill('ingest'),
  {
    name: 'term-ingest',
    does: 'SIGTERM of ingest alone, whose exit code is then 0',
    plant: async ({ pipeline }) => pipeline.signal('ingest', 'SIGTERM'),
  },
  kill('redis'),
  {
    name: 'redis-emptied',
    does: 'FLUSHALL: leases, schedules and jobs are gone',
    plant: async ({ pipeline }) => {
      const redis = openRedis(pipeline.services()!.redis);
      try {
        await emptyRedis(redis);
      } finally {
        redis.disconnect();
      }
    },
  },
  kill('questdb'),
  stop('ingest', 45),
  stop('questdb', 60),
  {
    name: 'second-worker',
    does: `a second worker beside the first one for ${secondWorkerMs / 1_000} s`,
    plant: ({ pipeline }) => pipeline.secondWorker(secondWorkerMs),
  },
  {
    name: 'kill-supervisor',
    does: 'kill -9 of the supervisor; once status tells it, somebody starts `up` again',
    plant: async ({ pipeline, watch }) => {
      const begun = Date.now();
      pipeline.signal('supervisor', 'SIGKILL');
      await watch.until(() => watch.toldSince(begun) !== undefined, toldMs);
      pipeline.start();
    },
  },
];

/** Sizes as QuestDB allocates them: what it holds of these symbols fits, with room for some minutes. */
const diskMib = 3_072;

export const diskFaults: readonly Fault[] = [
  {
    name: 'disk-full',
    does: 'the file system of the data directory is full for 45 s, then there is room again',
    diskMib,
    plant: async ({ pipeline }) => {
      const file = join(pipeline.directory, 'filler');
      try {
        for (let mib = 0; mib < 2 * diskMib; mib++) writeFileSync(file, Buffer.alloc(2 ** 20), { flag: 'a' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
      await seconds(45);
      rmSync(file);
    },
  },
];
