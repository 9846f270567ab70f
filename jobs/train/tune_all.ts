import { FlowProducer, type Job, type Queue } from 'bullmq';
import { ownId } from '#jobs/queue/command_worker.ts';
import { connectionOf, openEvents } from '#jobs/queue/queues.ts';
import { modelNamed } from '#models/catalogue.ts';
import { trialParameters } from '#models/tuning/space.ts';
import { defaultInitialShare, innerSplit } from '#models/validation/walk_forward.ts';
import { type HorizonWindows, prepareWindows } from './horizon_windows.ts';
import { modelHorizons } from './horizons.ts';
import type { StoredRun, TrainJob } from './run.ts';
import { searchOf, type TrialJob, trialsOf } from './search.ts';
import {
  attempts,
  type TrainingContext,
  type TrainingProgress,
  type TrainingRequest,
  type TrainingResult,
  trainOn,
} from './train_all.ts';
import { candidatesOf } from './train_model.ts';

export interface TuningRequest extends TrainingRequest {
  engine: string;
  /** Configurations tried on each training part, the model's starting one among them. */
  trials: number;
}

/**
 * Searches for better parameters of each model, then trains it with what was found as one more candidate. Each trial is a job
 * of the queue `tune` under the training job that waits for it, so that all workers share them; trials that were made
 * before are not made again.
 */
export async function tuneModels(
  context: TrainingContext,
  request: TuningRequest,
  onProgress: TrainingProgress = () => {},
): Promise<TrainingResult> {
  const { queues } = context;
  // A wrong name is an error before any work.
  for (const { model } of modelHorizons(request)) trialParameters(modelNamed(model), request.engine, 0, 0);
  const prepared = await prepareWindows(context, request, onProgress);
  const flow = new FlowProducer({ prefix: queues.prefix, connection: connectionOf(queues, 'producer') });
  flow.on('error', () => {});
  const events = openEvents(queues, 'tune');
  // A trial may be done before its number is told.
  const [ordered, done] = [new Set<string>(), new Set<string>()];
  const { total, ofTrial, ofTraining } = fitsOf(request, prepared);
  let trained = 0;
  const tell = () => {
    const trials = [...ordered].filter((id) => done.has(id)).length;
    onProgress('fits', trials * ofTrial + trained * ofTraining, total);
  };
  events.on('completed', ({ jobId }) => {
    done.add(jobId);
    if (ordered.has(jobId)) tell();
  });
  const add = async (queue: Queue<TrainJob, StoredRun>, model: string, job: TrainJob) => {
    const { window, frame, folds, walk, seed, shuffled } = job;
    const split = { folds, walk, embargo_bars: window.horizon, initial_share: defaultInitialShare };
    const search = searchOf(
      { model, engine: request.engine, window, ...split, seed, shuffled, frame: frame! },
      request.trials,
    );
    const children = trialsOf(search).map((data: TrialJob) => ({
      name: `${model}, fold ${data.fold}, trial ${data.trial}`,
      queueName: 'tune',
      data,
      opts: { ...attempts, ...ownId(queues), failParentOnFailure: true },
    }));
    const tree = await flow.add({
      name: model,
      queueName: 'train',
      data: { ...job, search },
      opts: { ...attempts, ...ownId(queues) },
      children,
    });
    for (const child of tree.children ?? []) ordered.add(child.job.id!);
    tell();
    return (await queue.getJob(tree.job.id!)) as Job<TrainJob, StoredRun>;
  };
  try {
    await events.waitUntilReady();
    const onTrained = (_: string, models: number) => {
      trained = models;
      tell();
    };
    return await trainOn(context, request, prepared, onTrained, add);
  } finally {
    await Promise.all([flow.close(), events.close()]);
  }
}

/** How many fits a trial, a training, and all of them are. */
function fitsOf(request: TuningRequest, { windows }: HorizonWindows) {
  const { folds, trials, perRegime } = request;
  const ofTrial = innerSplit.folds;
  const trained = modelHorizons(request).filter(({ horizon }) =>
    windows.some((each) => each.window.horizon === horizon),
  );
  const fits = trained.map(({ model }) => (candidatesOf(model, request.timeframe, perRegime).length + 1) * folds + 1);
  const ofTraining = fits.reduce((sum, each) => sum + each, 0) / fits.length;
  return { ofTrial, ofTraining, total: trained.length * (trials * (folds + 1) * ofTrial + ofTraining) };
}
