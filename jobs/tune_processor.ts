import { workerData } from 'node:worker_threads';
import { type SandboxedJob, UnrecoverableError } from 'bullmq';
import { reasonOf, UserError } from '#lib/errors.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { runTrial, type Trial, type TrialOrder } from './search.ts';
import type { TrainThreadData } from './train_processor.ts';

/** What BullMQ runs in a thread of its own for each trial of a search. */
export default async function tuneProcessor(job: SandboxedJob<TrialOrder, Trial>): Promise<Trial> {
  const { questdb, dataDir } = workerData as TrainThreadData;
  const db = new QuestDb(questdb);
  try {
    return await runTrial(db, dataDir, job.data);
  } catch (error) {
    if (error instanceof UserError && !error.passing) throw new UnrecoverableError(reasonOf(error));
    throw error;
  } finally {
    await db.close();
  }
}
