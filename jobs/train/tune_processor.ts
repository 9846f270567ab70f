import { inThread } from '#jobs/queue/thread.ts';
import { runTrial, type Trial, type TrialOrder } from './search.ts';

/** Makes one trial of a search. */
export default inThread<TrialOrder, Trial>((db, dataDir, job) => runTrial(db, dataDir, job.data));
