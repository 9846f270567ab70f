import { inThread } from '#jobs/queue/thread.ts';
import { runTrial, type Trial, type TrialJob } from './search.ts';
import { askForFrame } from './shared_frames.ts';

/** Makes one trial of a search. */
export default inThread<TrialJob, Trial>((db, dataDir, job, frames) =>
  runTrial(db, dataDir, job.data, (path) => askForFrame(frames, path)),
);
