import { type Processor, UnrecoverableError, type Worker, type WorkerOptions } from 'bullmq';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { CommandWorker } from './command_worker.ts';
import { connectionOf, type QueueAddress, type QueueName } from './queues.ts';

export interface WorkerContext {
  queues: QueueAddress;
  db: QuestDb;
  dataDir: string;
  log: Logger;
  /** Models trained at the same time; each has a thread. */
  concurrency: number;
}

/** A worker whose failures are logged. What only a person can mend is not tried again. */
export function startWorker<Data, Result>(
  { queues, log }: WorkerContext,
  name: QueueName,
  processor: URL | Processor<Data, Result>,
  options: Partial<WorkerOptions> = {},
): Worker<Data, Result> {
  const careful: Processor<Data, Result> = async (job, ...rest) => {
    try {
      return await (processor as Processor<Data, Result>)(job, ...rest);
    } catch (error) {
      if (error instanceof UserError && !error.transient) throw new UnrecoverableError(reasonOf(error));
      throw error;
    }
  };
  const worker = new CommandWorker<Data, Result>(name, processor instanceof URL ? processor : careful, {
    prefix: queues.prefix,
    connection: connectionOf(queues, 'worker'),
    // A job whose worker has died is taken over within 20 s: the minutes after it wait for it.
    lockDuration: 15_000,
    stalledInterval: 5_000,
    // The death of its worker does not make a job a failed one.
    maxStalledCount: 5,
    ...options,
  });
  worker.on('failed', (job, error) =>
    log.error({ queue: name, job: job?.id, attempt: job?.attemptsMade, reason: reasonOf(error) }, 'job failed'),
  );
  worker.on('error', (error) => log.warn({ queue: name, reason: reasonOf(error) }, 'queue trouble'));
  return worker;
}
