import { workerData } from 'node:worker_threads';
import { type SandboxedJob, UnrecoverableError } from 'bullmq';
import { reasonOf, UserError } from '#lib/errors.ts';
import { QuestDb, type QuestDbAddress } from '#lib/questdb/database.ts';
import type { Trial } from './search.ts';
import { type StoredRun, type TrainOrder, trainModel } from './train.ts';

/** What `worker.ts` hands to this thread: addresses and passwords are not written into the queue. */
export interface TrainThreadData {
  questdb: QuestDbAddress;
  dataDir: string;
}

/**
 * What BullMQ runs in a thread of its own for each training job, so that long arithmetic does not keep the queue's lock
 * from being renewed. An error that a person has to mend is not tried again.
 */
export default async function trainProcessor(job: SandboxedJob<TrainOrder, StoredRun>): Promise<StoredRun> {
  const { questdb, dataDir } = workerData as TrainThreadData;
  const db = new QuestDb(questdb);
  try {
    // The trials of a search are children of this job.
    const trials = job.data.search ? Object.values(await job.getChildrenValues<Trial>()) : [];
    const onProgress = (share: number, what: string) => void job.updateProgress({ share, what });
    return await trainModel(db, dataDir, job.data, onProgress, trials);
  } catch (error) {
    if (error instanceof UserError && !error.passing) throw new UnrecoverableError(reasonOf(error));
    throw error;
  } finally {
    await db.close();
  }
}
