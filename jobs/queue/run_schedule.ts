import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Queue } from 'bullmq';
import { UserError } from '#lib/errors.ts';
import { workersOf } from './command_worker.ts';
import { openQueue, type QueueAddress } from './queues.ts';
import { runOptions, type Schedule } from './schedules.ts';

/** One run of a schedule, as it is now. */
export interface ScheduleRun {
  id: string;
  job: string;
  /** Whether this call has added the job; else it waited, or was worked on, before. */
  added: boolean;
  state: 'waiting' | 'active' | 'completed' | 'failed';
  /** Of a completed one: what it returned. */
  result: unknown;
  /** Of a failed one: why. */
  reason: string | null;
}

/** Without any worker for so long, nobody waits on: one that is started again is back sooner. */
const awayMs = 30_000;
const pollMs = 500;

/**
 * Has a schedule run once, now, whether or not it is paused. One that waits or is at work is that run: none is added beside
 * it, however often and at the same time this is called.
 * @param wait with false, the run as it is after it was added
 * @param onProgress about every half second: its state, and the trainings that are not done
 * @throws UserError when no service works on its queue, or none has for half a minute
 */
export async function runSchedule(
  address: QueueAddress,
  schedule: Schedule,
  wait = true,
  onProgress: (run: ScheduleRun, trainings: number) => void = () => {},
): Promise<ScheduleRun> {
  const queue = openQueue<object, unknown>(address, schedule.queue);
  const trainings = openQueue<object, unknown>(address, 'train');
  try {
    if (!(await isServed(queue))) throw noWorker(schedule, 'nothing was added');
    const before = await underWay(queue, schedule);
    const job = (before ?? (await add(queue, schedule))).id!;
    let run = await stateOf(queue, job, schedule, before === undefined);
    let served = Date.now();
    while (wait && (run.state === 'waiting' || run.state === 'active')) {
      onProgress(run, await trainings.getJobCountByTypes('active', 'waiting', 'prioritized', 'delayed'));
      await sleep(pollMs);
      run = await stateOf(queue, job, schedule, run.added);
      if (await isServed(queue)) served = Date.now();
      else if (Date.now() - served > awayMs) throw noWorker(schedule, 'its job waits for one');
    }
    return run;
  } finally {
    await Promise.all([queue.close(), trainings.close()]);
  }
}

/** Two calls at the same moment add one job: the second is given that of the first. */
function add(queue: Queue<object, unknown>, { id }: Schedule): Promise<Job<object, unknown>> {
  return queue.add(id, {}, { ...runOptions, deduplication: { id: `run-${id}` } });
}

/** A run that nobody has finished, be it by schedule or not. The first training is the daily one before its time. */
async function underWay(queue: Queue<object, unknown>, { id, queue: name }: Schedule) {
  const names = name === 'daily' ? [id, 'first'] : [id];
  const jobs = await queue.getJobs(['active', 'waiting', 'prioritized', 'delayed'], 0, -1, true);
  // What is delayed without an attempt is the next run of the schedule.
  const states = await Promise.all(jobs.map((job) => job.getState()));
  return jobs.find((job, i) => names.includes(job.name) && (states[i] !== 'delayed' || job.attemptsMade > 0));
}

async function stateOf(
  queue: Queue<object, unknown>,
  jobId: string,
  { id }: Schedule,
  added: boolean,
): Promise<ScheduleRun> {
  const state = await queue.getJobState(jobId);
  const job = await queue.getJob(jobId);
  if (!job)
    throw new UserError(
      `The run of ${id} is no longer in Redis, which has lost or forgotten it.`,
      `See ./tickforest schedules for its last outcome, or run it again.`,
    );
  const run = { id, job: jobId, added, result: null, reason: null };
  if (state === 'completed') return { ...run, state, result: job.returnvalue };
  if (state === 'failed') return { ...run, state, reason: job.failedReason };
  return { ...run, state: state === 'active' ? state : 'waiting' };
}

async function isServed(queue: Queue<object, unknown>): Promise<boolean> {
  return (await workersOf(queue)).includes(undefined);
}

function noWorker({ id }: Schedule, what: string): UserError {
  return new UserError(`No worker is there to do ${id}; ${what}.`, 'Start one: ./tickforest up, or up --only worker.');
}
