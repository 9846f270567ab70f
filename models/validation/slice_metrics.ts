import { column, type Frame } from '#lib/frame.ts';
import type { ModelDefinition } from '#models/definition.ts';
import { type MetricRow, metricRows, type Scored, slicesOf } from './metric_rows.ts';
import type { Fold } from './walk_forward.ts';

/** Every metric of every slice of the test rows. */
export function testMetrics(definition: ModelDefinition, frame: Frame, folds: Fold[], scored: Scored): MetricRow[] {
  return slicesOf(frame, folds).flatMap((slice) => metricRows(definition, scored, slice, 'test'));
}

/** Loss and skill on the rows that each fold was fitted on: beside those of its test part they show overfitting. */
export function trainMetrics(
  definition: ModelDefinition,
  frame: Frame,
  folds: Fold[],
  mine: Float64Array[],
  naive: Float64Array[],
): MetricRow[] {
  return folds.flatMap(({ index, train }) => {
    const target = column(frame, definition.target).subarray(train.from, train.until);
    const scored = { target, predictions: mine[index], baseline: naive[index], rules: new Map(), besides: new Map() };
    const rows = Uint32Array.from(target, (_, row) => row);
    return metricRows(definition, scored, { fold: index, symbol: null, regime: null, rows }, 'train', true);
  });
}
