import { DelayedError, type Worker } from 'bullmq';
import { type CloseRequest, type CloseResult, closeMinutes } from './candles/close.ts';
import { type PredictRequest, type PredictResult, predictNewest } from './predict/predict.ts';
import { openQueue, type QueueAddress } from './queue/queues.ts';
import type { ThreadData } from './queue/thread.ts';
import { startWorker, type WorkerContext } from './queue/worker.ts';

/** Queues whose jobs are complete in themselves, so that any command can work them off. */
type BasicQueue = 'close' | 'predict' | 'train' | 'tune';

/** Until a job that is not for this worker is offered again. */
const passOnMs = 2_000;

const basic: Record<BasicQueue, (context: WorkerContext) => Worker> = {
  close: (context) =>
    startWorker<CloseRequest, CloseResult>(context, 'close', async (job, token) => {
      if (job.data.ranges) return closeMinutes(context.db, job.data);
      // The schedule's own job, which names no minutes: it is for the worker role, which knows the market.
      await job.moveToDelayed(Date.now() + passOnMs, token);
      throw new DelayedError();
    }),
  predict: (context) =>
    startWorker<PredictRequest, PredictResult>(context, 'predict', (job) =>
      predictNewest(context.db, context.dataDir, job.data),
    ),
  train: (context) => startTrainer(context, 'train'),
  tune: (context) => startTrainer(context, 'tune'),
};

/** Works off these queues in this process until closed. */
export async function startWorkers(
  context: WorkerContext,
  names: readonly BasicQueue[],
): Promise<{ close(): Promise<void> }> {
  if (names.includes('close')) await limitCloseQueue(context.queues);
  const workers = names.map((name) => basic[name](context));
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  return {
    close: async () => {
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}

/** However many workers there are, one job at a time closes minutes. */
export async function limitCloseQueue(queues: QueueAddress): Promise<void> {
  const queue = openQueue(queues, 'close');
  await queue.setGlobalConcurrency(1);
  await queue.close();
}

/** Training, and the trials of a search, run in threads of their own. */
export function startTrainer(context: WorkerContext, name: 'train' | 'tune'): Worker {
  const workerData: ThreadData = { questdb: context.db.address, dataDir: context.dataDir };
  return startWorker(context, name, new URL(`./train/${name}_processor.ts`, import.meta.url), {
    useWorkerThreads: true,
    workerThreadsOptions: { workerData },
    concurrency: context.concurrency,
    // A thread is busy for seconds at a time; the lock is renewed by this process every half of it.
    lockDuration: 30_000,
  });
}
