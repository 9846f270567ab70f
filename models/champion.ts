import { column, type Frame } from '#lib/frame.ts';
import { rowsBetween } from './frame_rows.ts';
import { predictRows } from './predict.ts';
import type { ChampionComparison } from './promotion_gate.ts';
import type { TrainedModel } from './trained.ts';
import { meanOf } from './validation/metrics.ts';
import { rowsThrough } from './validation/walk_forward.ts';

/** Losses of a run on rows that it had not seen: those of its frame from `from` on. */
export interface OutOfFoldLosses {
  from: number;
  losses: Float64Array;
}

/** When the last label that a model was fitted on was known, microseconds: bars that open from then on are new to it. */
export function unseenFrom({
  until,
  horizon,
  barMicros,
}: Pick<TrainedModel, 'until' | 'horizon' | 'barMicros'>): number {
  return until + (horizon + 1) * barMicros;
}

/**
 * The run's out-of-fold loss beside the champion's on the test rows that neither was fitted on: those that open
 * once the labels of the champion's window are known. Rows that the champion trained on would flatter it.
 */
export function compareWithChampion(run: OutOfFoldLosses, frame: Frame, champion: TrainedModel): ChampionComparison {
  const first = run.from;
  const from = Math.max(first, rowsThrough(frame.ts, unseenFrom(champion) - 1));
  const unseen = rowsBetween(frame, from, frame.rows);
  if (unseen.rows === 0) return { loss: Number.NaN, championLoss: Number.NaN, rows: 0, bars: 0 };
  const { loss, target } = champion.definition;
  const championLosses = loss.rows(predictRows(champion, unseen), column(unseen, target));
  return {
    loss: meanOf(run.losses.subarray(from - first)),
    championLoss: meanOf(championLosses),
    rows: unseen.rows,
    bars: new Set(unseen.ts).size,
  };
}
