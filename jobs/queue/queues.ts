import { type Job, Queue, QueueEvents } from 'bullmq';
import { UserError } from '#lib/errors.ts';
import type { RedisAddress } from '#lib/services/services.ts';

/** Where the queues live. Two projects on one Redis keep apart by the prefix. */
export interface QueueAddress {
  redis: RedisAddress;
  prefix: string;
  /** The run of a command that adds jobs, whose own workers do only these. The service has none. */
  command?: string;
  /** The file with the copy of what is paused; without one, only Redis knows. */
  pauses?: string;
}

export const queueNames = [
  'close',
  'features',
  'predict',
  'labels',
  'train',
  'tune',
  'daily',
  'freshness',
  'heartbeat',
] as const;

export type QueueName = (typeof queueNames)[number];

/** Kept for a while so that `status` and BullMQ's tools can show them, and no longer. */
const retention = { removeOnComplete: { age: 86_400, count: 1_000 }, removeOnFail: { age: 604_800, count: 1_000 } };

/** What BullMQ needs of a connection. A producer gives up on a command soon when Redis is away; a worker waits for it. */
export function connectionOf(address: QueueAddress, role: 'producer' | 'worker') {
  return { ...address.redis, maxRetriesPerRequest: role === 'worker' ? null : 3 };
}

export function openQueue<Data, Result>(address: QueueAddress, name: QueueName): Queue<Data, Result> {
  const queue = new Queue<Data, Result>(name, {
    prefix: address.prefix,
    connection: connectionOf(address, 'producer'),
    defaultJobOptions: retention,
  });
  // Without a listener a lost connection would end the process; the command in flight rejects and tells its caller.
  queue.on('error', () => {});
  return queue;
}

export function openEvents(address: QueueAddress, name: QueueName): QueueEvents {
  const events = new QueueEvents(name, { prefix: address.prefix, connection: connectionOf(address, 'worker') });
  events.on('error', () => {});
  return events;
}

/**
 * The result of a job.
 * @throws UserError with the job's own reason when it failed for good
 */
export async function finished<Result>(job: Job<unknown, Result>, events: QueueEvents): Promise<Result> {
  try {
    return (await job.waitUntilFinished(events)) as Result;
  } catch (cause) {
    throw new UserError(cause instanceof Error ? cause.message : String(cause), undefined, { cause });
  }
}

/** Why a job failed; where that was a child of it, the child's own reason. */
export async function failureOf(address: QueueAddress, reason: string): Promise<string> {
  const [, name, id] = /^child \S*?:(\w+):([^:\s]+) failed/.exec(reason) ?? [];
  const known = queueNames.find((each) => each === name);
  if (!known) return reason;
  const queue = openQueue<unknown, unknown>(address, known);
  try {
    return (await queue.getJob(id))?.failedReason ?? reason;
  } finally {
    await queue.close();
  }
}
