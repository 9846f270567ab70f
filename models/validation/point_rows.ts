import { column, type Frame } from '#lib/frame.ts';
import type { BarContext } from '#models/baseline.ts';
import type { ModelDefinition } from '#models/definition.ts';
import { squaredError } from '#models/losses.ts';
import { pointsAlone } from '#models/quantile_rows.ts';
import { gainPValues } from './block_lengths.ts';
import type { MetricRow } from './metric_rows.ts';

/**
 * `p_value_point` of the point forecast beside quantiles: one-sided, of its square errors against those of the baseline's point, the
 * largest of several block lengths, not corrected for the number of candidates.
 * @param rows the test rows
 * @returns no row for a model without quantiles
 */
export function pointRows(
  { task, target }: ModelDefinition,
  rows: Frame,
  predictions: Float64Array,
  baseline: Float64Array,
  context: BarContext & { seed: number },
): MetricRow[] {
  if (task.kind !== 'quantiles') return [];
  const came = column(rows, target);
  const [mine, theirs] = [predictions, baseline].map((all) => squaredError.rows(pointsAlone(all), came));
  const gains = mine.map((loss, row) => theirs[row] - loss);
  const { pValue } = gainPValues({ ts: rows.ts, gains, ...context });
  const all = { fold: -1, split: 'test', symbol: null, regime: null, baseline: null } as const;
  return [{ ...all, metric: 'p_value_point', value: pValue }];
}
