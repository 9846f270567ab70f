import { column, type Frame, valuesAt } from '#lib/frame.ts';
import { regimeColumn, regimes } from '#models/by_regime/regimes.ts';
import type { ModelDefinition } from '#models/definition.ts';
import { mostLikely, widthOf } from '#models/task.ts';
import { calibrationSummary } from './calibration.ts';
import { accuracyOf, meanOf, metricsOf } from './metrics.ts';
import type { Fold } from './walk_forward.ts';

/** One figure of a validation beside the same figure of the naive baseline. */
export interface MetricRow {
  /** From 0; −1 is all folds pooled. */
  fold: number;
  split: 'train' | 'test';
  /** null is all symbols. */
  symbol: string | null;
  /** null is all regimes. */
  regime: string | null;
  metric: string;
  value: number;
  /** null where the metric has no meaning for a baseline. */
  baseline: number | null;
}

/** Predictions of a model, of its baseline, and of the rules and forecasts beside it for the same rows. */
export interface Scored {
  target: Float64Array;
  predictions: Float64Array;
  baseline: Float64Array;
  rules: Map<string, Float64Array>;
  besides: Map<string, Float64Array>;
}

/** Which rows a figure is about; positions within the scored rows. */
export interface Slice {
  fold: number;
  symbol: string | null;
  regime: string | null;
  rows: Uint32Array;
}

/** Everything, then each fold, each symbol and, where the frame has `regime_type`, each regime of the test rows. */
export function slicesOf(frame: Frame, folds: Fold[]): Slice[] {
  const from = folds[0].test.from;
  const all = Uint32Array.from({ length: frame.rows - from }, (_, i) => i);
  const pooled = { fold: -1, symbol: null, regime: null };
  const slices: Slice[] = [{ ...pooled, rows: all }];
  for (const { index, test } of folds) {
    slices.push({ ...pooled, fold: index, rows: all.subarray(test.from - from, test.until - from) });
  }
  frame.symbols.forEach((symbol, s) => {
    slices.push({ ...pooled, symbol, rows: all.filter((row) => frame.symbolOf[from + row] === s) });
  });
  if (frame.columns.has(regimeColumn)) {
    const type = column(frame, regimeColumn).subarray(from);
    regimes.forEach((regime, r) => {
      slices.push({ ...pooled, regime, rows: all.filter((row) => type[row] === r) });
    });
  }
  return slices.filter(({ rows }) => rows.length > 0);
}

/**
 * `loss` and `skill` of a slice, and unless `brief` every metric of the task, `calibration_error`, `calibration_slope` and
 * `accuracy_vs_<rule>`, whose baseline is the accuracy of that rule, and `loss_vs_<forecast>`, whose baseline is the loss of
 * that forecast.
 */
export function metricRows(
  definition: ModelDefinition,
  scored: Scored,
  slice: Slice,
  split: 'train' | 'test',
  brief = false,
): MetricRow[] {
  const { task, loss } = definition;
  const target = take(scored.target, slice.rows, 1);
  const predictions = take(scored.predictions, slice.rows, widthOf(task));
  const naive = take(scored.baseline, slice.rows, widthOf(task));
  const [mine, theirs] = [meanOf(loss.rows(predictions, target)), meanOf(loss.rows(naive, target))];
  const figures: [string, number, number | null][] = [
    ['loss', mine, theirs],
    ['skill', skillOf(mine, theirs), null],
    ['rows', slice.rows.length, null],
  ];
  if (!brief) {
    const ofBaseline = metricsOf(task, naive, target);
    for (const [name, value] of metricsOf(task, predictions, target)) {
      figures.push([name, value, ofBaseline.get(name) ?? null]);
    }
    const [own, ofNaive] = [predictions, naive].map((values) => calibrationSummary(definition, values, target));
    figures.push(['calibration_error', own.error, ofNaive.error]);
    figures.push(['calibration_slope', own.slope, Number.isFinite(ofNaive.slope) ? ofNaive.slope : null]);
    for (const [name, values] of scored.besides) {
      const beside = meanOf(loss.rows(take(values, slice.rows, widthOf(task)), target));
      figures.push([`loss_vs_${name}`, mine, beside]);
    }
    for (const [rule, named] of scored.rules) {
      const accuracy = accuracyOf(mostLikely(predictions, widthOf(task)), target);
      figures.push([`accuracy_vs_${rule}`, accuracy, accuracyOf(take(named, slice.rows, 1), target)]);
    }
  }
  const { fold, symbol, regime } = slice;
  return figures
    .filter(([, value]) => Number.isFinite(value))
    .map(([metric, value, baseline]) => ({ fold, split, symbol, regime, metric, value, baseline }));
}

/** 1 − loss / baseline's loss: 1 is perfect, 0 no better than the baseline. */
export function skillOf(loss: number, baselineLoss: number): number {
  return 1 - loss / baselineLoss;
}

function take(values: Float64Array, rows: Uint32Array, width: number): Float64Array {
  if (width === 1) return valuesAt(values, rows);
  return Float64Array.from(
    { length: rows.length * width },
    (_, i) => values[rows[Math.floor(i / width)] * width + (i % width)],
  );
}
