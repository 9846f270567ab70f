import { setHash } from '#features/catalogue.ts';
import { UserError } from '#lib/errors.ts';
import type { Timeframe } from '#lib/timeframe.ts';

/** What tells which definition of the features a run was trained on. */
export interface TrainedOn {
  model: string;
  run_id: string;
  timeframe: Timeframe;
  feature_set: string;
}

/** Reading and hashing the statements takes longer than a prediction, and they stay as they are. */
const current = new Map<Timeframe, string>();

function currentSet(timeframe: Timeframe): string {
  const known = current.get(timeframe) ?? setHash(timeframe);
  current.set(timeframe, known);
  return known;
}

/** Whether the features of today are those that a run was trained on. A name alone does not tell: its meaning may change. */
export function isOfCurrentFeatures({ timeframe, feature_set }: Pick<TrainedOn, 'timeframe' | 'feature_set'>): boolean {
  return feature_set === currentSet(timeframe);
}

/** @throws UserError when a run was trained on features of another definition than today's: fed with these it would guess */
export function requireCurrentFeatures(run: TrainedOn): void {
  if (isOfCurrentFeatures(run)) return;
  throw new UserError(
    `Run ${run.run_id} of ${run.model} was trained on the features ${run.feature_set}, and today's are ${currentSet(run.timeframe)}.`,
    `Train it again: ./tickforest train ${run.model}${run.timeframe === '1m' ? '' : ` --timeframe ${run.timeframe}`}.`,
  );
}
