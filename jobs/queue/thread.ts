import { workerData } from 'node:worker_threads';
import { type SandboxedJob, UnrecoverableError } from 'bullmq';
import { reasonOf, UserError } from '#lib/errors.ts';
import { QuestDb, type QuestDbAddress } from '#lib/questdb/database.ts';

/** What `workers.ts` hands to a thread: addresses and passwords are not written into the queue. */
export interface ThreadData {
  questdb: QuestDbAddress;
  dataDir: string;
  /** The channel on which frames are asked for. */
  frames: string;
}

/**
 * What BullMQ runs in a thread of its own for each job, so that long arithmetic does not keep the queue's lock from being
 * renewed. An error that a person has to mend is not tried again.
 */
export function inThread<Data, Result>(
  work: (db: QuestDb, dataDir: string, job: SandboxedJob<Data, Result>, frames: string) => Promise<Result>,
): (job: SandboxedJob<Data, Result>) => Promise<Result> {
  return async (job) => {
    const { questdb, dataDir, frames } = workerData as ThreadData;
    const db = new QuestDb(questdb);
    try {
      return await work(db, dataDir, job, frames);
    } catch (error) {
      if (error instanceof UserError && !error.transient) throw new UnrecoverableError(reasonOf(error));
      throw error;
    } finally {
      await db.close();
    }
  };
}
