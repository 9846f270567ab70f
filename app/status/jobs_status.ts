import { pausesOf } from '#jobs/queue/pauses.ts';
import { openQueue, type QueueAddress, type QueueName, queueNames } from '#jobs/queue/queues.ts';
import { schedules } from '#jobs/queue/schedules.ts';
import { type QueueStatus, queueStatus } from './queue_status.ts';

export interface ScheduleStatus {
  id: string;
  queue: QueueName;
  what: string;
  /** Since when it is paused, so that no run comes of it; null where it is not. */
  paused: string | null;
  /** Not in Redis though it is not paused: no run will come of it. */
  missing: boolean;
  next: string | null;
  /** Seconds since the next run should have begun; 0 while it need not have. */
  overdue_seconds: number;
  /** The last run that ended. */
  last: { at: string; outcome: 'completed' | 'failed'; result: string } | null;
}

export interface FailedJob {
  queue: QueueName;
  job: string;
  name: string;
  at: string;
  reason: string;
}

export interface JobsStatus {
  queues: QueueStatus[];
  schedules: ScheduleStatus[];
  /** The newest failed jobs. */
  failed: FailedJob[];
}

/** What the queues and schedules hold. */
export async function jobsStatus(address: QueueAddress, dailyAt: string): Promise<JobsStatus> {
  const status: JobsStatus = { queues: [], schedules: [], failed: [] };
  const pauses = await pausesOf(address);
  for (const name of queueNames) {
    const queue = openQueue<object, unknown>(address, name);
    try {
      status.queues.push(await queueStatus(queue, name));
      const failed = await queue.getJobs(['failed'], 0, 9);
      status.failed.push(
        ...failed.map((job) => ({
          queue: name,
          job: String(job.id),
          name: job.name,
          at: iso(job.finishedOn),
          reason: job.failedReason,
        })),
      );
      const own = schedules(dailyAt).filter((schedule) => schedule.queue === name);
      if (own.length === 0) continue;
      const planned = await queue.getJobSchedulers();
      const ended = [...(await queue.getJobs(['completed'], 0, 49)), ...(await queue.getJobs(['failed'], 0, 49))];
      for (const { id, what } of own) {
        // One that has just been paused may be there still.
        const scheduler = id in pauses ? undefined : planned.find((each) => each.key === id);
        // The first training is the daily one before its time.
        const runs = ended.filter((job) => job.name === id || (name === 'daily' && job.name === 'first'));
        const newest = runs.sort((a, b) => (b.finishedOn ?? 0) - (a.finishedOn ?? 0)).at(0);
        status.schedules.push({
          ...{ id, queue: name, what, paused: pauses[id] ?? null, missing: !scheduler && !(id in pauses) },
          next: scheduler?.next ? iso(scheduler.next) : null,
          overdue_seconds: scheduler?.next ? Math.max(0, (Date.now() - scheduler.next) / 1000) : 0,
          last: newest
            ? {
                at: iso(newest.finishedOn),
                outcome: newest.failedReason ? 'failed' : 'completed',
                result: newest.failedReason ?? JSON.stringify(newest.returnvalue ?? null).slice(0, 300),
              }
            : null,
        });
      }
    } finally {
      await queue.close();
    }
  }
  status.failed.sort((a, b) => b.at.localeCompare(a.at)).splice(10);
  return status;
}

function iso(millis: number | undefined): string {
  return millis === undefined ? '' : new Date(millis).toISOString();
}
