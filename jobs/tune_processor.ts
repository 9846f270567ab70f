import { runTrial, type Trial, type TrialOrder } from './search.ts';
import { inThread } from './thread.ts';

/** Makes one trial of a search. */
export default inThread<TrialOrder, Trial>((db, dataDir, job) => runTrial(db, dataDir, job.data));
