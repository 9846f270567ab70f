import type { QueueName } from '#jobs/queue/queues.ts';
import type { JobsStatus, ScheduleStatus } from './jobs_status.ts';
import type { Problem } from './problem.ts';
import type { QueueStatus } from './queue_status.ts';

/** A worker completes a heartbeat job every five seconds; a training on all cores may delay one. */
const heartbeatLimit = 45;

/** Failures of trainings older than this are history. */
const failureWindowMs = 3_600_000;

interface Limits {
  /** Seconds without a completed job, where jobs come regularly. */
  completed?: number;
  /** Seconds for which a job may wait. */
  waiting: number;
  /** Seconds for which a job may be worked on. */
  active: number;
  /** Seconds by which the run of a schedule may be late. */
  overdue: number;
}

const [minutes, hours] = [60, 3_600];

/**
 * What is still healthy, by queue. Jobs of `close`, and of what follows from it, and of `freshness` come every minute.
 * Features of a long history take a while, and signals wait for them.
 */
export const queueLimits: Record<QueueName, Limits> = {
  close: { completed: 5 * minutes, waiting: 5 * minutes, active: 5 * minutes, overdue: 5 * minutes },
  features: { completed: 10 * minutes, waiting: 10 * minutes, active: 10 * minutes, overdue: 0 },
  predict: { completed: 10 * minutes, waiting: 5 * minutes, active: 5 * minutes, overdue: 0 },
  labels: { completed: 10 * minutes, waiting: 10 * minutes, active: 10 * minutes, overdue: 0 },
  heartbeat: { waiting: heartbeatLimit, active: heartbeatLimit, overdue: heartbeatLimit },
  freshness: { completed: 5 * minutes, waiting: 5 * minutes, active: 5 * minutes, overdue: 5 * minutes },
  daily: { waiting: 10 * minutes, active: 12 * hours, overdue: 10 * minutes },
  train: { waiting: 10 * minutes, active: 6 * hours, overdue: 0 },
  tune: { waiting: 10 * minutes, active: 6 * hours, overdue: 0 },
};

/** Trainings wait for each other: only while none is worked on is their waiting a problem. */
const patient: readonly QueueName[] = ['daily', 'train', 'tune'];

/** Jobs of these queues come only of a market. */
const ofMarket: readonly QueueName[] = ['features', 'predict', 'labels'];

/** Whether a worker is there: without one, that is the problem, and what follows from it is not told beside it. */
export function workerLives(beat: number | null): beat is number {
  return beat !== null && beat <= heartbeatLimit;
}

/**
 * What is wrong with the worker, in words: each queue and schedule is judged by its own results.
 * @param beat seconds since the last heartbeat job
 * @param market whether a market is followed
 */
export function workerProblems(beat: number | null, jobs: JobsStatus, market: boolean): Problem[] {
  const problems: Problem[] = [];
  const add = (what: string, part: Problem['part'] = 'worker') => problems.push({ part, what });
  if (beat === null) add('no worker has ever completed a heartbeat job: start one, ./tickforest up');
  else if (!workerLives(beat))
    add(`no heartbeat job was completed for ${seconds(beat, heartbeatLimit)}: start or restart the worker`);
  for (const schedule of jobs.schedules) for (const what of scheduleProblems(schedule, beat)) add(what);
  const paused = jobs.schedules.filter((schedule) => schedule.paused !== null).map(({ queue }) => queue);
  for (const queue of workerLives(beat) ? jobs.queues : [])
    for (const what of queueProblems(queue, market, paused.includes(queue.name))) add(what);
  // A training that lacks data is no fault of the worker, and starting that again would not help.
  for (const { queue, id, last } of jobs.schedules)
    if (queue === 'daily' && last?.outcome === 'failed')
      add(`the last run of ${id} failed: ${last.result}`, 'training');
  for (const { queue, at, reason } of jobs.failed)
    if (queue === 'train' && Date.now() - Date.parse(at) < failureWindowMs)
      add(`a job of ${queue} failed at ${at}: ${reason}`, 'training');
  return problems;
}

function scheduleProblems({ id, queue, missing, overdue_seconds }: ScheduleStatus, beat: number | null): string[] {
  if (missing && beat !== null)
    return [`the schedule ${id} is missing in Redis: a worker restores it within a minute; if not, restart the worker`];
  const limit = queueLimits[queue].overdue;
  if (!workerLives(beat) || overdue_seconds <= limit) return [];
  return [`the next run of ${id} is overdue by ${seconds(overdue_seconds, limit)}: restart the worker`];
}

/** @param paused whether a schedule of the queue is, so that its jobs need not come regularly */
function queueProblems(status: QueueStatus, market: boolean, paused: boolean): string[] {
  const { name, last_completed, oldest_waiting_seconds: waiting, longest_active_seconds: active } = status;
  const limits = queueLimits[name];
  if (ofMarket.includes(name) && !market) return [];
  const problems: string[] = [];
  if (active !== null && active > limits.active)
    problems.push(`a job of ${name} has been worked on for ${seconds(active, limits.active)}: restart the worker`);
  if (waiting !== null && waiting > limits.waiting && !(patient.includes(name) && status.active > 0))
    problems.push(`a job of ${name} has waited for ${seconds(waiting, limits.waiting)}: restart the worker`);
  const idle = last_completed === null ? 0 : (Date.now() - Date.parse(last_completed)) / 1000;
  if (limits.completed !== undefined && idle > limits.completed && !paused)
    problems.push(`no job of ${name} was completed for ${seconds(idle, limits.completed)}: restart the worker`);
  if (limits.completed !== undefined && status.failed_since_completed > 0)
    problems.push(
      `${status.failed_since_completed} jobs of ${name} have failed since one was last completed: ${status.last_failure}`,
    );
  return problems;
}

function seconds(is: number, limit: number): string {
  return `${Math.round(is)} s (limit ${limit} s)`;
}
