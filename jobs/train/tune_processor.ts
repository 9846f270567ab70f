import { inThread } from '#jobs/queue/thread.ts';
import { runTrial, type Trial, type TrialJob } from './search.ts';

/** Makes one trial of a search. */
export default inThread<TrialJob, Trial>((db, dataDir, job) => runTrial(db, dataDir, job.data));
