import type { Job, Queue } from 'bullmq';
import { commandOf, workersOf } from './command_worker.ts';
import { openQueue, type QueueAddress, type QueueName } from './queues.ts';

/** A job that is not done and whose command has ended, or that waits for a service that does not run. */
export interface LeftoverJob {
  queue: QueueName;
  id: string;
  name: string;
  since: Date;
  /** BullMQ's; `active` where its worker has died and the lock has not run out yet. */
  state: string;
  /** Whether a service works on its queue, which then does it. */
  served: boolean;
}

/** Queues in which a command that was cut off, or a service that has ended, leaves work that nothing brings again. */
const searched: readonly QueueName[] = ['close', 'predict', 'train', 'tune', 'daily'];

/** Those whose jobs may be thrown away. Minutes that nobody closes would have no bars. */
export const droppable = ['train', 'tune'] as const;

/**
 * What earlier commands have left in the queues, and an earlier service where none runs. Jobs that come again by themselves
 * are not among it: those of schedules, and requests that are merged.
 */
export async function leftoverJobs(
  address: QueueAddress,
  names: readonly QueueName[] = searched,
): Promise<LeftoverJob[]> {
  const found: LeftoverJob[] = [];
  for (const queue of names) found.push(...(await withQueue(address, queue, (opened) => leftIn(opened, queue))));
  return found;
}

/**
 * Removes what earlier commands have left in these queues. The trials of a search go with the training that waits for them.
 * @returns how many were removed, and how many a worker that has died still has a lock on
 */
export async function dropLeftoverJobs(
  address: QueueAddress,
  names: readonly (typeof droppable)[number][],
): Promise<{ dropped: number; locked: number }> {
  const found = await leftoverJobs(address, names);
  for (const name of names)
    await withQueue(address, name, async (queue) => {
      for (const { id } of found.filter((job) => job.queue === name)) await queue.remove(id);
    });
  const locked = (await leftoverJobs(address, names)).length;
  return { dropped: found.length - locked, locked };
}

/** What waits and is done by nobody who runs: a sentence for each queue. */
export async function leftoverWords(address: QueueAddress): Promise<string[]> {
  const left = (await leftoverJobs(address)).filter(({ served }) => !served);
  return [...Map.groupBy(left, ({ queue }) => queue)].map(([queue, jobs]) => {
    const since = new Date(Math.min(...jobs.map((job) => job.since.getTime()))).toISOString().slice(0, 16);
    const many = jobs.length === 1 ? '1 job waits' : `${jobs.length} jobs wait`;
    const drop = droppable.some((each) => each === queue) ? `, ./tickforest jobs drop ${queue} removes them` : '';
    return `${many} in the queue ${queue}, left by an earlier command or service (since ${since}): ./tickforest up does them${drop}`;
  });
}

async function leftIn(queue: Queue<unknown, unknown>, name: QueueName): Promise<LeftoverJob[]> {
  const workers = await workersOf(queue);
  const jobs = await queue.getJobs(['active', 'waiting', 'prioritized', 'delayed', 'waiting-children']);
  const served = workers.includes(undefined);
  const left = jobs.filter(
    ({ id, repeatJobKey, deduplicationId }) =>
      repeatJobKey === undefined && deduplicationId === undefined && !workers.includes(commandOf(id)),
  );
  return Promise.all(left.map((job) => described(job, name, served)));
}

async function described(job: Job<unknown, unknown>, queue: QueueName, served: boolean): Promise<LeftoverJob> {
  const state = await job.getState();
  return { queue, id: String(job.id), name: job.name, since: new Date(job.timestamp), state, served };
}

async function withQueue<T>(
  address: QueueAddress,
  name: QueueName,
  work: (queue: Queue<unknown, unknown>) => Promise<T>,
): Promise<T> {
  const queue = openQueue<unknown, unknown>(address, name);
  try {
    return await work(queue);
  } finally {
    await queue.close();
  }
}
