import { column, type Frame, valuesAt } from '#lib/frame.ts';
import type { ModelDefinition } from '#models/definition.ts';
import { type MetricRow, skillOf, slicesOf } from './metric_rows.ts';
import { meanOf } from './metrics.ts';
import { returnColumn } from './rank_signal.ts';
import type { Fold } from './walk_forward.ts';

/**
 * Of a model of direction, by slice of the test rows: `share_of_ties`, the share of rows whose close is the same after h
 * bars, and `skill_without_ties`, the skill on the others. A coin with a coarse tick often does not move at all, and
 * calling that “not up” is no foresight of a direction.
 * @param losses of each test row, as those of the baseline
 */
export function tieRows(
  { target }: ModelDefinition,
  frame: Frame,
  folds: Fold[],
  losses: Float64Array,
  baselineLosses: Float64Array,
): MetricRow[] {
  if (target !== 'label_up') return [];
  const returns = column(frame, returnColumn).subarray(folds[0].test.from);
  return slicesOf(frame, folds).flatMap(({ fold, symbol, regime, rows }) => {
    const slice = { fold, split: 'test' as const, symbol, regime, baseline: null };
    const moved = rows.filter((row) => returns[row] !== 0);
    const share: MetricRow = { ...slice, metric: 'share_of_ties', value: 1 - moved.length / rows.length };
    if (moved.length === 0) return [share];
    const [mine, theirs] = [losses, baselineLosses].map((all) => meanOf(valuesAt(all, moved)));
    return [share, { ...slice, metric: 'skill_without_ties', value: skillOf(mine, theirs) }];
  });
}
