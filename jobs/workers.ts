import type { Worker, WorkerOptions } from 'bullmq';
import { type CloseRequest, type CloseResult, closeMinutes } from './candles/close.ts';
import { answerBars } from './predict/answer_bars.ts';
import type { PredictRequest, PredictResult } from './predict/request.ts';
import { leftoverWords } from './queue/leftover_jobs.ts';
import { openQueue, type QueueAddress, type QueueName } from './queue/queues.ts';
import type { ThreadData } from './queue/thread.ts';
import { startWorker, type WorkerContext } from './queue/worker.ts';
import { FrameServer } from './train/shared_frames.ts';

/** Queues whose jobs are complete in themselves, so that any command can work them off. */
type BasicQueue = 'close' | 'predict' | 'train' | 'tune';

const basic: Record<
  BasicQueue,
  (context: WorkerContext, options: Partial<WorkerOptions>, frames: FrameServer) => Worker
> = {
  close: (context, options) =>
    startWorker<CloseRequest, CloseResult>(context, 'close', (job) => closeMinutes(context.db, job.data), options),
  predict: (context, options) =>
    startWorker<PredictRequest, PredictResult>(
      context,
      'predict',
      (job) => answerBars(context.db, context.dataDir, job.data),
      options,
    ),
  train: (context, options, frames) => startTrainer(context, 'train', frames, options),
  tune: (context, options, frames) => startTrainer(context, 'tune', frames, options),
};

/**
 * Works off these queues in this process until closed: the jobs of the command at hand, or all where the address names no
 * command. What others have left there is said and not done.
 */
export async function startWorkers(
  context: WorkerContext,
  names: readonly BasicQueue[],
): Promise<{ close(): Promise<void> }> {
  await limitQueues(
    context.queues,
    names.filter((name) => name === 'close' || name === 'predict'),
  );
  const frames = new FrameServer();
  const workers = names.map((name) => basic[name](context, { name: context.queues.command }, frames));
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  if (context.queues.command) for (const words of await leftoverWords(context.queues)) context.log.warn(words);
  return {
    close: async () => {
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}

/** However many workers there are, one job at a time closes minutes, and one answers bars. */
export async function limitQueues(
  queues: QueueAddress,
  names: readonly QueueName[] = ['close', 'predict'],
): Promise<void> {
  for (const name of names) {
    const queue = openQueue(queues, name);
    await queue.setGlobalConcurrency(1);
    await queue.close();
  }
}

/** Training, and the trials of a search, run in threads of their own, which share the frames that they read. */
export function startTrainer(
  context: WorkerContext,
  name: 'train' | 'tune',
  frames: FrameServer,
  options: Partial<WorkerOptions> = {},
): Worker {
  const workerData: ThreadData = { questdb: context.db.address, dataDir: context.dataDir, frames: frames.name };
  const worker = startWorker(context, name, new URL(`./train/${name}_processor.ts`, import.meta.url), {
    useWorkerThreads: true,
    workerThreadsOptions: { workerData },
    concurrency: context.concurrency,
    // A thread is busy for seconds at a time; the lock is renewed by this process every half of it.
    lockDuration: 30_000,
    ...options,
  });
  frames.follow(worker);
  return worker;
}
