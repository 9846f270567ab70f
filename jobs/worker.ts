import { type Processor, Worker } from 'bullmq';
import { reasonOf } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { type CloseOrder, type CloseResult, closeMinutes } from './close.ts';
import { type PredictOrder, type PredictResult, predictNewest } from './predict.ts';
import { connectionOf, openQueue, type QueueAddress, type QueueName, queueNames } from './queues.ts';
import type { TrainThreadData } from './train_processor.ts';

export interface WorkerContext {
  queues: QueueAddress;
  db: QuestDb;
  dataDir: string;
  log: Logger;
  /** Models trained at the same time; each has a thread. */
  concurrency: number;
}

/**
 * Works off these queues until closed. However many workers there are, one job at a time closes minutes: its global
 * concurrency is 1.
 */
export async function startWorkers(
  context: WorkerContext,
  names: readonly QueueName[] = queueNames,
): Promise<{ close(): Promise<void> }> {
  if (names.includes('close')) {
    const queue = openQueue(context.queues, 'close');
    await queue.setGlobalConcurrency(1);
    await queue.close();
  }
  const workers = names.map((name) => starters[name](context));
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  return { close: async () => void (await Promise.all(workers.map((worker) => worker.close()))) };
}

const starters: Record<QueueName, (context: WorkerContext) => Worker> = {
  close: (context) => start<CloseOrder, CloseResult>(context, 'close', (job) => closeMinutes(context.db, job.data)),
  predict: (context) =>
    start<PredictOrder, PredictResult>(context, 'predict', (job) =>
      predictNewest(context.db, context.dataDir, job.data),
    ),
  train: (context) =>
    start(context, 'train', new URL('./train_processor.ts', import.meta.url), {
      useWorkerThreads: true,
      workerThreadsOptions: {
        workerData: { questdb: context.db.address, dataDir: context.dataDir } satisfies TrainThreadData,
      },
      concurrency: context.concurrency,
      // A thread is busy for seconds at a time; the lock is renewed by this process every half of it.
      lockDuration: 60_000,
    }),
};

function start<Data, Result>(
  context: WorkerContext,
  name: QueueName,
  processor: URL | Processor<Data, Result>,
  options = {},
): Worker<Data, Result> {
  const { queues, log } = context;
  const worker = new Worker<Data, Result>(name, processor, {
    prefix: queues.prefix,
    connection: connectionOf(queues, 'worker'),
    ...options,
  });
  worker.on('failed', (job, error) =>
    log.error({ queue: name, job: job?.id, attempt: job?.attemptsMade, reason: reasonOf(error) }, 'job failed'),
  );
  worker.on('error', (error) => log.warn({ queue: name, reason: reasonOf(error) }, 'queue trouble'));
  return worker;
}
