import { coverageOf } from '#models/intervals/coverage.ts';
import { brier, logLoss, meanPinball, quantileLevels, squaredError } from '#models/losses.ts';
import { pointsAlone, quantilesAlone } from '#models/quantile_rows.ts';
import { mostLikely, type Task } from '#models/task.ts';
import { rankCorrelation } from './rank_correlation.ts';

/** Metric names and values; a metric that these rows do not define (a rank correlation of a constant) is absent. */
export type Metrics = Map<string, number>;

/**
 * How good predictions are. Regression: `mse`, `rmse`, `mae`, `r2` (against the mean of these rows),
 * `rank_correlation` (Spearman). Classes: `accuracy`, `balanced_accuracy` (the mean of the classes' recalls), `precision`
 * (how often a class came where it was named, averaged over the classes that were), `log_loss`, `auc` (one against the
 * rest, averaged over the classes), and of two classes `brier`. Of two classes precision and AUC are the second's. Quantiles:
 * `mean_pinball`, `coverage_50` and `coverage_90` (share of rows within the intervals), `width_90_bp` (mean width of the
 * interval of 90 % of log returns, in basis points), and of the point forecast `point_loss` (its mean square error).
 * @param predictions in the shape of the task
 */
export function metricsOf(task: Task, predictions: Float64Array, target: Float64Array): Metrics {
  const entries =
    task.kind === 'regression'
      ? ofNumbers(predictions, target)
      : task.kind === 'classes'
        ? ofClasses(predictions, target, task.classes)
        : ofQuantiles(predictions, target);
  return new Map(entries.filter(([, value]) => Number.isFinite(value)));
}

/** The mean of some numbers; NaN of none. */
export function meanOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Share of rows whose class was named. */
export function accuracyOf(named: ArrayLike<number>, target: Float64Array): number {
  let right = 0;
  for (let row = 0; row < target.length; row++) if (named[row] === target[row]) right++;
  return right / target.length;
}

function ofNumbers(predictions: Float64Array, target: Float64Array): [string, number][] {
  const mean = meanOf(target);
  const mse = meanOf(target.map((value, row) => (value - predictions[row]) ** 2));
  const variance = meanOf(target.map((value) => (value - mean) ** 2));
  return [
    ['mse', mse],
    ['rmse', Math.sqrt(mse)],
    ['mae', meanOf(target.map((value, row) => Math.abs(value - predictions[row])))],
    ['r2', 1 - mse / variance],
    ['rank_correlation', rankCorrelation(predictions, target)],
  ];
}

function ofQuantiles(predictions: Float64Array, target: Float64Array): [string, number][] {
  const [quantiles, points] = [quantilesAlone(predictions), pointsAlone(predictions)];
  const width = quantileLevels.length;
  const { all } = coverageOf(quantiles, target, new Uint16Array(target.length), ['all']);
  const widths = target.map((_, row) => quantiles[row * width + width - 1] - quantiles[row * width]);
  return [
    ['mean_pinball', meanOf(meanPinball.rows(quantiles, target))],
    ['coverage_50', all.fifty],
    ['coverage_90', all.ninety],
    ['width_90_bp', 1e4 * meanOf(widths)],
    ['point_loss', meanOf(squaredError.rows(points, target))],
  ];
}

function ofClasses(probabilities: Float64Array, target: Float64Array, classes: number): [string, number][] {
  const perClass = Array.from({ length: classes }, (_, k) =>
    aucOf(
      target.map((_, row) => probabilities[row * classes + k]),
      target.map((value) => (value === k ? 1 : 0)),
    ),
  );
  const named = mostLikely(probabilities, classes);
  const { recall, precision } = hitRates(named, target, classes);
  const entries: [string, number][] = [
    ['accuracy', accuracyOf(named, target)],
    // A class that never came has no recall, and one never named no precision.
    ['balanced_accuracy', meanOf(recall.filter(Number.isFinite))],
    ['precision', classes === 2 ? precision[1] : meanOf(precision.filter(Number.isFinite))],
    ['log_loss', meanOf(logLoss.rows(probabilities, target))],
    ['auc', classes === 2 ? perClass[1] : perClass.reduce((sum, auc) => sum + auc, 0) / classes],
  ];
  return classes === 2 ? [...entries, ['brier', meanOf(brier.rows(probabilities, target))]] : entries;
}

/** Of each class: the share of its rows that were named, and the share of those named that it was; NaN of none. */
function hitRates(named: Uint8Array, target: Float64Array, classes: number) {
  const [came, told, right] = Array.from({ length: 3 }, () => new Float64Array(classes));
  for (let row = 0; row < target.length; row++) {
    came[target[row]]++;
    told[named[row]]++;
    if (named[row] === target[row]) right[target[row]]++;
  }
  return { recall: right.map((count, k) => count / came[k]), precision: right.map((count, k) => count / told[k]) };
}

/**
 * Area under the ROC curve: the chance that a row of class 1 scores above a row of class 0, ties counting half
 * (Mann and Whitney). NaN where one of the classes is absent.
 */
export function aucOf(scores: Float64Array, positive: Float64Array): number {
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[a] - scores[b]);
  let [wins, below, ones] = [0, 0, 0];
  for (let i = 0; i < order.length; ) {
    let [tiedOnes, tiedZeros] = [0, 0];
    const score = scores[order[i]];
    for (; i < order.length && scores[order[i]] === score; i++) {
      if (positive[order[i]] === 1) tiedOnes++;
      else tiedZeros++;
    }
    wins += tiedOnes * (below + tiedZeros / 2);
    below += tiedZeros;
    ones += tiedOnes;
  }
  return wins / (ones * below);
}
