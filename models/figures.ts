import { column, type Frame } from '#lib/frame.ts';
import type { ModelDefinition } from './definition.ts';
import { type Calibration, calibrationOf } from './validation/calibration.ts';
import { type Judged, type MetricRow, metricRows, slicesOf } from './validation/metric_rows.ts';
import type { Fold } from './validation/walk_forward.ts';

/** Every metric of every slice of the test rows, and the calibration error of all of them. */
export function testMetrics(definition: ModelDefinition, frame: Frame, folds: Fold[], judged: Judged): MetricRow[] {
  const pooled = { fold: -1, split: 'test', symbol: null, regime: null } as const;
  const mine = calibrationError(calibrationsOf(definition, judged.predictions, judged.target));
  const theirs = calibrationError(calibrationsOf(definition, judged.baseline, judged.target));
  return [
    ...slicesOf(frame, folds).flatMap((slice) => metricRows(definition, judged, slice, 'test')),
    { ...pooled, metric: 'calibration_error', value: mine, baseline: theirs },
  ];
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
    const judged = { target, predictions: mine[index], baseline: naive[index], rules: new Map() };
    const rows = Uint32Array.from(target, (_, row) => row);
    return metricRows(definition, judged, { fold: index, symbol: null, regime: null, rows }, 'train', true);
  });
}

/** How well predictions mean what they say: by class name, or of `value` for a regression. */
export function calibrationsOf(
  { task, classNames }: ModelDefinition,
  predictions: Float64Array,
  target: Float64Array,
): Record<string, Calibration> {
  if (task.kind === 'regression') return { value: calibrationOf(predictions, target) };
  // Of two classes the second says all.
  const shown = task.classes === 2 ? [1] : classNames.map((_, k) => k);
  return Object.fromEntries(
    shown.map((k) => {
      const probabilities = target.map((_, row) => predictions[row * task.classes + k]);
      return [
        classNames[k],
        calibrationOf(
          probabilities,
          target.map((came) => (came === k ? 1 : 0)),
        ),
      ];
    }),
  );
}

function calibrationError(calibrations: Record<string, Calibration>): number {
  const errors = Object.values(calibrations).map(({ error }) => error);
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}
