import type { ModelDefinition } from '#models/definition.ts';
import { quantilesAlone } from '#models/quantile_rows.ts';
import { meanOf } from './metrics.ts';

/** Rows whose predictions are close to each other: what was predicted on average and what came on average. */
export interface CalibrationBin {
  rows: number;
  predicted: number;
  observed: number;
}

export interface Calibration {
  /** Mean distance of predicted from observed over the bins, weighted by rows. */
  error: number;
  /** Of the line of observed on predicted over rows: 1 is perfect, below 1 overconfident; null for one prediction. */
  slope: number | null;
  bins: CalibrationBin[];
}

/**
 * A reliability diagram as numbers, with bins of about equal count; equal predictions stay in one bin. For a class,
 * pass its probability and 1 or 0 for whether it came.
 */
export function calibrationOf(predictions: Float64Array, outcomes: Float64Array, bins = 10): Calibration {
  const rows = predictions.length;
  const order = Uint32Array.from({ length: rows }, (_, i) => i).sort((a, b) => predictions[a] - predictions[b]);
  const found: CalibrationBin[] = [];
  let bin: CalibrationBin = { rows: 0, predicted: 0, observed: 0 };
  for (let i = 0; i < rows; i++) {
    bin.rows++;
    bin.predicted += predictions[order[i]];
    bin.observed += outcomes[order[i]];
    const last = i === rows - 1;
    const boundary = last || predictions[order[i + 1]] > predictions[order[i]];
    if (last || (boundary && i + 1 >= ((found.length + 1) * rows) / bins)) {
      found.push({ rows: bin.rows, predicted: bin.predicted / bin.rows, observed: bin.observed / bin.rows });
      bin = { rows: 0, predicted: 0, observed: 0 };
    }
  }
  const error = found.reduce((sum, { rows: n, predicted, observed }) => sum + n * Math.abs(predicted - observed), 0);
  const varies = rows > 0 && predictions[order[0]] < predictions[order[rows - 1]];
  const slope = varies ? slopeOf(predictions, outcomes) : null;
  return { error: rows === 0 ? 0 : error / rows, slope, bins: found };
}

/** Slope of the least squares line of y on x. */
function slopeOf(x: Float64Array, y: Float64Array): number {
  const [meanX, meanY] = [meanOf(x), meanOf(y)];
  let [xy, xx] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    xy += (x[i] - meanX) * (y[i] - meanY);
    xx += (x[i] - meanX) * (x[i] - meanX);
  }
  return xy / xx;
}

/**
 * Of quantiles a bin each: the level, and the share of outcomes below the quantile. An outcome that is the quantile counts half,
 * for a coin whose price often stays has many returns of 0, and its median is 0.
 */
function calibrationOfQuantiles(
  levels: readonly number[],
  predictions: Float64Array,
  outcomes: Float64Array,
): Calibration {
  const rows = outcomes.length;
  const quantiles = quantilesAlone(predictions);
  const shares = levels.map((_, k) => {
    const below = (value: number, row: number) => {
      const quantile = quantiles[row * levels.length + k];
      return value < quantile ? 1 : value === quantile ? 0.5 : 0;
    };
    return meanOf(outcomes.map(below));
  });
  const bins = levels.map((predicted, k) => ({ rows, predicted, observed: shares[k] }));
  const error = bins.reduce((sum, { predicted, observed }) => sum + Math.abs(predicted - observed), 0) / bins.length;
  return { error, slope: slopeOf(Float64Array.from(levels), Float64Array.from(shares)), bins };
}

/** How well a model's predictions mean what they say: by class name, or of `value` for numbers and quantiles. */
export function calibrationsOf(
  { task, classNames }: ModelDefinition,
  predictions: Float64Array,
  target: Float64Array,
): Record<string, Calibration> {
  if (task.kind === 'regression') return { value: calibrationOf(predictions, target) };
  if (task.kind === 'quantiles') return { value: calibrationOfQuantiles(task.levels, predictions, target) };
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

/** The error and the slope of a model's calibration, the mean of its classes'; NaN where one has no slope. */
export function calibrationSummary(
  definition: ModelDefinition,
  predictions: Float64Array,
  target: Float64Array,
): { error: number; slope: number } {
  const each = Object.values(calibrationsOf(definition, predictions, target));
  const mean = (of: (calibration: Calibration) => number) => each.reduce((sum, one) => sum + of(one), 0) / each.length;
  return { error: mean(({ error }) => error), slope: mean(({ slope }) => slope ?? Number.NaN) };
}
