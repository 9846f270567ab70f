import type { Job, Queue } from 'bullmq';
import { ownId } from '#jobs/queue/command_worker.ts';
import { failureOf, finished, openEvents, openQueue, type QueueAddress } from '#jobs/queue/queues.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import type { Walk } from '#models/validation/walk_forward.ts';
import { type FailedTraining, type HorizonWindows, prepareWindows, type WindowsRequest } from './horizon_windows.ts';
import { type ModelHorizon, modelHorizons } from './horizons.ts';
import type { PreparedWindow } from './prepared_window.ts';
import type { StoredRun, TrainJob } from './run.ts';
import { storedRun } from './train_model.ts';

export interface TrainingRequest extends WindowsRequest {
  folds: number;
  /** Unset: expanding. */
  walk?: Walk;
  seed: number;
  /** Fee of one side of a trade in basis points. */
  feeBp: number;
  /** Models of each market regime too. */
  perRegime?: boolean;
  shuffled?: boolean;
  /** How many times, with the seeds from `seed` on; unset: once. More than once is for shuffled labels. */
  draws?: number;
  allowSimulated?: boolean;
}

export interface TrainingResult {
  /** What was trained on, one for each horizon, the nearest first. */
  windows: PreparedWindow[];
  /** In the order of the request, then by horizon and seed. */
  runs: StoredRun[];
  /** Ids of those that were there already: nothing that they depend on has changed. */
  stored: string[];
  /** Horizons that so few bars give no p-value for. */
  passedOver: FailedTraining[];
  failed: FailedTraining[];
}

export interface TrainingContext {
  db: QuestDb;
  queues: QueueAddress;
  dataDir: string;
}

export type TrainingProgress = (what: string, done: number, total: number) => void;

/** Of a job whose worker may die, or whose server be away. */
export const attempts = { attempts: 5, backoff: { type: 'exponential' as const, delay: 2_000 } };

/** Puts the job of one model into the queue. */
type Add = (queue: Queue<TrainJob, StoredRun>, model: string, job: TrainJob) => Promise<Job<TrainJob, StoredRun>>;

/** Prepares the windows and trains on them. A wrong model's name is an error before any work. */
export async function trainModels(
  context: TrainingContext,
  request: TrainingRequest,
  onProgress: TrainingProgress = () => {},
): Promise<TrainingResult> {
  const prepared = await prepareWindows(context, request, onProgress);
  return trainOn(context, request, prepared, onProgress);
}

/**
 * Has each model trained on the prepared window of each of its horizons by a job of the queue `train`, which needs a worker
 * somewhere; what is stored already needs none. One that fails does not end the others; when all fail that is an error.
 * @param add what puts a job into the queue, and what it waits for
 */
export async function trainOn(
  { db, queues, dataDir }: TrainingContext,
  request: TrainingRequest,
  prepared: HorizonWindows,
  onProgress: TrainingProgress = () => {},
  add: Add = (queue, model, job) => queue.add(model, job, { ...attempts, ...ownId(queues) }),
): Promise<TrainingResult> {
  const tasks = tasksOf(request, prepared.windows);
  const queue = openQueue<TrainJob, StoredRun>(queues, 'train');
  const events = openEvents(queues, 'train');
  try {
    await events.waitUntilReady();
    const shares = new Map<Task, number>();
    const watched = new Map<string, Task>();
    const tell = (task: Task, share: number) => {
      shares.set(task, share);
      const done = [...shares.values()].reduce((total, each) => total + each, 0);
      onProgress('models', done, tasks.length);
    };
    events.on('progress', ({ jobId, data }) => {
      const task = watched.get(jobId);
      // What is fitted and measured is not yet stored.
      if (task && typeof data === 'object') tell(task, 0.99 * (data as { share: number }).share);
    });
    const stored: string[] = [];
    const work = new Map<Task, StoredRun | Job<TrainJob, StoredRun>>();
    // Jobs of one frame follow one another, for it is held in memory while they do.
    for (const task of tasks.toSorted((a, b) => a.horizon - b.horizon)) {
      const data = jobFor(task, request);
      const known = await storedRun(db, dataDir, data);
      if (known) {
        stored.push(known.run_id);
        work.set(task, known);
        tell(task, 1);
        continue;
      }
      const job = await add(queue, task.model, data);
      watched.set(job.id!, task);
      work.set(task, job);
    }
    const outcomes = await Promise.allSettled(
      tasks.map(async (task) => {
        const job = work.get(task)!;
        if ('run_id' in job) return job;
        const run = await finished<StoredRun>(job, events);
        tell(task, 1);
        return run;
      }),
    );
    const runs = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const failed = await Promise.all(
      outcomes.flatMap((each, i) =>
        each.status === 'rejected'
          ? [failureOf(queues, reasonOf(each.reason)).then((reason) => failureOfTask(tasks[i], reason))]
          : [],
      ),
    );
    failed.unshift(...prepared.failed);
    if (runs.length === 0) throw new UserError([...new Set(failed.map(({ reason }) => reason))].join(' '));
    return { windows: prepared.windows, passedOver: prepared.passedOver, runs, stored, failed };
  } finally {
    await queue.close();
    await events.close();
  }
}

/** One run to make. */
interface Task extends ModelHorizon {
  seed: number;
  prepared: PreparedWindow;
}

function tasksOf(request: TrainingRequest, windows: readonly PreparedWindow[]): Task[] {
  const seeds = Array.from({ length: request.draws ?? 1 }, (_, draw) => request.seed + draw);
  return modelHorizons(request).flatMap(({ model, horizon }) => {
    const prepared = windows.find(({ window }) => window.horizon === horizon);
    return prepared ? seeds.map((seed) => ({ model, horizon, seed, prepared })) : [];
  });
}

function jobFor({ model, seed, prepared }: Task, request: TrainingRequest): TrainJob {
  return {
    model,
    window: prepared.window,
    frame: prepared.frame,
    folds: request.folds,
    walk: request.walk ?? 'expanding',
    seed,
    feeBp: request.feeBp,
    perRegime: request.perRegime ?? false,
    shuffled: request.shuffled ?? false,
    allowSimulated: request.allowSimulated ?? false,
    excludedShare: prepared.excludedShare,
    excludedWhy: prepared.excludedWhy,
  };
}

function failureOfTask({ model, horizon }: Task, reason: string): FailedTraining {
  return { model, horizon, reason };
}
