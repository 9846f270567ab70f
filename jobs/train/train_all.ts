import type { Job, Queue } from 'bullmq';
import { ownId } from '#jobs/queue/command_worker.ts';
import { failureOf, finished, openEvents, openQueue, type QueueAddress } from '#jobs/queue/queues.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { type ModelName, modelNamed, modelNames } from '#models/catalogue.ts';
import type { Walk } from '#models/validation/walk_forward.ts';
import { type PreparedWindow, prepareFrame } from './prepared_window.ts';
import type { StoredRun, TrainJob } from './run.ts';
import { storedRun } from './train_model.ts';
import type { WindowRequest } from './window.ts';

export interface TrainingRequest extends WindowRequest {
  /** Unset: all five. */
  models?: string[];
  folds: number;
  /** Unset: expanding. */
  walk?: Walk;
  seed: number;
  /** Fee of one side of a trade in basis points. */
  feeBp: number;
  /** Models of each market regime too. */
  perRegime?: boolean;
  shuffled?: boolean;
  allowSimulated?: boolean;
}

export interface TrainingResult extends PreparedWindow {
  runs: StoredRun[];
  /** Ids of those that were there already: nothing that they depend on has changed. */
  stored: string[];
  failed: { model: string; reason: string }[];
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

/** Prepares the window and trains on it. A wrong model's name is an error before any work. */
export async function trainModels(
  context: TrainingContext,
  request: TrainingRequest,
  onProgress: TrainingProgress = () => {},
): Promise<TrainingResult> {
  for (const model of request.models ?? []) modelNamed(model);
  const prepared = await prepareFrame(context, request, onProgress);
  return trainOn(context, request, prepared, onProgress);
}

/**
 * Has each model trained on a prepared window by a job of the queue `train`, which needs a worker somewhere; what is stored
 * already needs none. One model that fails does not end the others; when all fail that is an error.
 * @param add what puts a job into the queue, and what it waits for
 */
export async function trainOn(
  { db, queues, dataDir }: TrainingContext,
  request: TrainingRequest,
  prepared: PreparedWindow,
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
      // What is fitted and measured is not yet stored.
      shares.set(model, 0.99 * (data as { share: number }).share);
      onProgress('models', sum(shares), models.length);
    });
    const told = (model: string) => {
      shares.set(model, 1);
      onProgress('models', sum(shares), models.length);
    };
    const stored: string[] = [];
    const work: (StoredRun | Job<TrainJob, StoredRun>)[] = [];
    for (const model of models) {
      const data = jobFor(model, request, prepared);
      const known = await storedRun(db, dataDir, data);
      if (known) {
        stored.push(known.run_id);
        work.push(known);
        told(model);
        continue;
      }
      const job = await add(queue, model, data);
      watched.set(job.id!, model);
      work.push(job);
    }
    const outcomes = await Promise.allSettled(
      work.map(async (job) => {
        if ('run_id' in job) return job;
        const run = await finished<StoredRun>(job, events);
        told(job.name);
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
    return { ...prepared, runs, stored, failed };
  } finally {
    await queue.close();
    await events.close();
  }
}

function jobFor(model: string, request: TrainingRequest, prepared: PreparedWindow): TrainJob {
  return {
    model: model as ModelName,
    window: prepared.window,
    frame: prepared.frame,
    folds: request.folds,
    walk: request.walk ?? 'expanding',
    seed: request.seed,
    feeBp: request.feeBp,
    perRegime: request.perRegime ?? false,
    shuffled: request.shuffled ?? false,
    allowSimulated: request.allowSimulated ?? false,
    excludedShare: prepared.excludedShare,
    excludedWhy: prepared.excludedWhy,
  };
}

function sum(shares: Map<string, number>): number {
  return [...shares.values()].reduce((total, share) => total + share, 0);
}
