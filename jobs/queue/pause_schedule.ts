import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { UserError } from '#lib/errors.ts';
import { type Pauses, readPauses, writePauses } from './pauses.ts';
import { openQueue, type QueueAddress } from './queues.ts';
import { addSchedule, changingSchedules, removeSchedule, type Schedule } from './schedules.ts';

/** A worker that corrects the schedules takes a fraction of a second for it. */
const patienceMs = 15_000;

/**
 * Plans no run of a schedule any more, until it is resumed; idempotent. A run that is at work is finished.
 * @returns since when it is paused (ISO 8601), and whether it was before
 * @throws UserError for the heartbeat, without which nobody can tell whether a worker is there
 */
export async function pauseSchedule(
  redis: Redis,
  address: QueueAddress,
  { id, queue: name }: Schedule,
): Promise<{ since: string; before: boolean }> {
  if (name === 'heartbeat')
    throw new UserError(
      `The schedule ${id} cannot be paused: by it status tells whether a worker is there.`,
      'To stop all schedules, stop the worker: ./tickforest down.',
    );
  let [since, before] = [new Date().toISOString(), false];
  await changing(redis, address, name, async (queue, pauses) => {
    before = id in pauses;
    since = pauses[id] ?? since;
    await writePauses(redis, address, { ...pauses, [id]: since });
    await removeSchedule(queue, id, await queue.getJobSchedulers());
  });
  return { since, before };
}

/**
 * Plans the runs of a schedule again; idempotent. Those that its pause left out do not come.
 * @returns when the next one comes (ISO 8601), and whether it was paused
 */
export async function resumeSchedule(
  redis: Redis,
  address: QueueAddress,
  schedule: Schedule,
): Promise<{ next: string | null; before: boolean }> {
  let next: string | null = null;
  let before = false;
  await changing(redis, address, schedule.queue, async (queue, pauses) => {
    const { [schedule.id]: since, ...others } = pauses;
    before = since !== undefined;
    await writePauses(redis, address, others);
    // One that was not paused is looked after by the workers, whose setting of its time may be another.
    if (before) await addSchedule(queue, schedule);
    const at = (await queue.getJobScheduler(schedule.id))?.next;
    next = at === undefined ? null : new Date(at).toISOString();
  });
  return { next, before };
}

/** @throws UserError when another process changes schedules all the time */
async function changing(
  redis: Redis,
  address: QueueAddress,
  name: Schedule['queue'],
  change: (queue: Queue<object, unknown>, pauses: Pauses) => Promise<void>,
): Promise<void> {
  const queue = openQueue<object, unknown>(address, name);
  const deadline = Date.now() + patienceMs;
  try {
    while (!(await changingSchedules(redis, address, async () => change(queue, await readPauses(redis, address))))) {
      if (Date.now() > deadline)
        throw new UserError('Another process is changing the schedules.', 'Try again in half a minute.');
      await sleep(50);
    }
  } finally {
    await queue.close();
  }
}
