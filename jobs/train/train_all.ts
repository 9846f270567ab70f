import type { Job, Queue } from 'bullmq';
import { ownId } from '#jobs/queue/command_worker.ts';
import { failureOf, finished, openEvents, openQueue, type QueueAddress } from '#jobs/queue/queues.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { type ModelName, modelNamed, modelNames } from '#models/catalogue.ts';
import type { Walk } from '#models/validation/walk_forward.ts';
import type { StoredRun, TrainJob } from './run.ts';
import { prepareWindow, type WindowOutcome, type WindowRequest } from './window.ts';

export interface TrainingRequest extends WindowRequest {
  /** Unset: all five. */
  models?: string[];
  folds: number;
  /** Unset: expanding. */
  walk?: Walk;
  seed: number;
  /** Models of each market regime too. */
  perRegime?: boolean;
  shuffled?: boolean;
  allowSimulated?: boolean;
}

export interface TrainingResult extends Omit<WindowOutcome, 'window'> {
  window: WindowOutcome['window'];
  runs: StoredRun[];
  failed: { model: string; reason: string }[];
}

export type TrainingProgress = (what: string, done: number, total: number) => void;

/** Of a job whose worker may die, or whose server be away. */
export const attempts = { attempts: 5, backoff: { type: 'exponential' as const, delay: 2_000 } };

/** Puts the job of one model into the queue. */
type Add = (queue: Queue<TrainJob, StoredRun>, model: string, job: TrainJob) => Promise<Job<TrainJob, StoredRun>>;

/** Prepares the window and trains on it. A wrong model's name is an error before any work. */
export async function trainModels(
  context: { db: QuestDb; queues: QueueAddress },
  request: TrainingRequest,
  onProgress: TrainingProgress = () => {},
): Promise<TrainingResult> {
  for (const model of request.models ?? []) modelNamed(model);
  const outcome = await prepareWindow(context.db, request, onProgress);
  return trainOn(context.queues, request, outcome, onProgress);
}

/**
 * Has each model trained on a prepared window by a job of the queue `train`, which needs a worker somewhere. One model
 * that fails does not end the others; when all fail that is an error.
 * @param add what puts a job into the queue, and what it waits for
 */
export async function trainOn(
  queues: QueueAddress,
  request: TrainingRequest,
  outcome: WindowOutcome,
  onProgress: TrainingProgress = () => {},
  add: Add = (queue, model, job) => queue.add(model, job, { ...attempts, ...ownId(queues) }),
): Promise<TrainingResult> {
  const models = request.models ?? [...modelNames];
  const queue = openQueue<TrainJob, StoredRun>(queues, 'train');
  const events = openEvents(queues, 'train');
  try {
    await events.waitUntilReady();
    const shares = new Map<string, number>();
    const watched = new Map<string, string>();
    events.on('progress', ({ jobId, data }) => {
      const model = watched.get(jobId);
      if (!model || typeof data !== 'object') return;
      shares.set(model, (data as { share: number }).share);
      onProgress('models', sum(shares), models.length);
    });
    const jobs: Job<TrainJob, StoredRun>[] = [];
    for (const model of models) {
      const job = await add(queue, model, jobFor(model, request, outcome));
      watched.set(job.id!, model);
      jobs.push(job);
    }
    const outcomes = await Promise.allSettled(
      jobs.map(async (job) => {
        const run = await finished<StoredRun>(job, events);
        shares.set(job.name, 1);
        onProgress('models', sum(shares), models.length);
        return run;
      }),
    );
    const runs = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const failed = await Promise.all(
      outcomes.flatMap((each, i) =>
        each.status === 'rejected'
          ? [failureOf(queues, reasonOf(each.reason)).then((reason) => ({ model: models[i], reason }))]
          : [],
      ),
    );
    if (runs.length === 0) throw new UserError([...new Set(failed.map(({ reason }) => reason))].join(' '));
    return { ...outcome, runs, failed };
  } finally {
    await queue.close();
    await events.close();
  }
}

function jobFor(model: string, request: TrainingRequest, outcome: WindowOutcome): TrainJob {
  return {
    model: model as ModelName,
    window: outcome.window,
    folds: request.folds,
    walk: request.walk ?? 'expanding',
    seed: request.seed,
    perRegime: request.perRegime ?? false,
    shuffled: request.shuffled ?? false,
    allowSimulated: request.allowSimulated ?? false,
    excludedShare: outcome.excludedShare,
    excludedWhy: outcome.excludedWhy,
  };
}

function sum(shares: Map<string, number>): number {
  return [...shares.values()].reduce((total, share) => total + share, 0);
}
