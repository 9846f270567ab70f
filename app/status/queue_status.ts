import type { Job, Queue } from 'bullmq';
import type { QueueName } from '#jobs/queue/queues.ts';

export interface QueueStatus {
  name: QueueName;
  waiting: number;
  active: number;
  delayed: number;
  failed: number;
  /** When a job was last completed; null where none is remembered. */
  last_completed: string | null;
  /** Seconds for which the oldest job that could be worked on has not been taken; null where none waits. */
  oldest_waiting_seconds: number | null;
  /** Seconds for which the job that was taken first has been worked on; null where none is. */
  longest_active_seconds: number | null;
  /** Failed jobs since one was last completed, at most 100, and the reason of the newest. */
  failed_since_completed: number;
  last_failure: string | null;
}

/** How many failed jobs are looked at. */
const counted = 100;

/** What a queue itself tells of its jobs. */
export async function queueStatus(queue: Queue<object, unknown>, name: QueueName): Promise<QueueStatus> {
  const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'failed');
  const [completed] = await queue.getJobs(['completed'], 0, 0);
  const [waiting] = await queue.getJobs(['waiting'], 0, 0, true);
  const [delayed] = await queue.getJobs(['delayed'], 0, 0, true);
  const active = await queue.getJobs(['active']);
  const done = completed?.finishedOn ?? 0;
  const since = (await queue.getJobs(['failed'], 0, counted - 1)).filter(({ finishedOn = 0 }) => finishedOn > done);
  return {
    name,
    waiting: counts.waiting,
    active: counts.active,
    delayed: counts.delayed,
    failed: counts.failed,
    last_completed: completed ? new Date(done).toISOString() : null,
    // A job whose delay is over is moved to those that wait by a worker, which may be what is missing.
    oldest_waiting_seconds: oldest([...(waiting ? [waitsSince(waiting)] : []), ...(delayed ? [dueAt(delayed)] : [])]),
    longest_active_seconds: oldest(active.map(({ processedOn, timestamp }) => processedOn ?? timestamp)),
    failed_since_completed: since.length,
    last_failure: since.at(0)?.failedReason ?? null,
  };
}

/** Seconds since the earliest of these times that is past. */
function oldest(times: number[]): number | null {
  const earliest = Math.min(...times);
  return earliest < Date.now() ? (Date.now() - earliest) / 1000 : null;
}

/** Since when a job could be taken: after its delay, or after the attempt before this one. */
function waitsSince({ timestamp, opts, processedOn = 0 }: Job): number {
  return Math.max(timestamp + (opts.delay ?? 0), processedOn);
}

function dueAt({ timestamp, delay, processedOn = 0 }: Job): number {
  return Math.max(timestamp, processedOn) + delay;
}
