import { inThread } from '#jobs/queue/thread.ts';
import type { StoredRun, TrainJob } from './run.ts';
import type { Trial } from './search.ts';
import { askForFrame } from './shared_frames.ts';
import { trainModel } from './train_model.ts';

/** Trains one model. The trials of a search are children of its job. */
export default inThread<TrainJob, StoredRun>(async (db, dataDir, job, frames) => {
  const trials = job.data.search ? Object.values(await job.getChildrenValues<Trial>()) : [];
  const onProgress = (share: number, what: string) => void job.updateProgress({ share, what });
  return trainModel(db, dataDir, job.data, onProgress, trials, (path) => askForFrame(frames, path));
});
