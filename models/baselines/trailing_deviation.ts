import { Matrix, SVD } from 'ml-matrix';
import { column, type Frame } from '#lib/frame.ts';
import type { Baseline, FittedBaseline } from '#models/baseline.ts';
import { dot } from '#models/linear/gram.ts';
import { squaredError } from '#models/losses.ts';
import { meanOf } from '#models/validation/metrics.ts';
import { holdOut } from './hold_out.ts';

type Scale = 'logs' | 'deviations';
type Weights = { weights: number[] };
type Mean = { mean: number };

const logDeviations = ['label_dev_5', 'label_dev_20', 'label_dev_60', 'label_dev_240'];

/**
 * The better of two: the training mean of the target, and its least squares on the trailing deviations over 5, 20, 60
 * and 240 bars (in logs, or as they are). On the rows that it was fitted on least squares never loses to the mean, so
 * the two are compared on the last fifth of the training bars after a fit on the bars before it, purged by
 * horizon + 1; the winner is then fitted on the whole training part.
 */
export function meanOrTrailingDeviation(target: string, scale: Scale): Baseline {
  return {
    name: 'mean_or_trailing_deviation',
    fit(train, context) {
      const [earlier, later] = holdOut(train, context);
      const lossOf = (baseline: FittedBaseline) =>
        meanOf(squaredError.rows(baseline.predict(later), column(later, target)));
      const regressionIsBetter = lossOf(leastSquares(earlier, target, scale)) < lossOf(mean(earlier, target));
      return regressionIsBetter ? leastSquares(train, target, scale) : mean(train, target);
    },
    load: ({ name, parameters }) =>
      name === 'mean' ? constant(parameters as Mean) : weighted(parameters as Weights, scale),
  };
}

function mean(train: Frame, target: string): FittedBaseline {
  return constant({ mean: meanOf(column(train, target)) });
}

function constant(parameters: Mean): FittedBaseline {
  const predict = ({ rows }: Frame) => new Float64Array(rows).fill(parameters.mean);
  return { name: 'mean', parameters, reads: [], predict };
}

/**
 * Ordinary least squares on the trailing deviations, or on other columns that are logs of deviations, by the normal
 * equations, with the arithmetic of ml-regression's MultivariateLinearRegression and its very numbers. That one takes the rows as matrices of its own, which are many times as large as the columns.
 */
export function leastSquares(
  train: Frame,
  target: string,
  scale: Scale,
  names: readonly string[] = logDeviations,
): FittedBaseline & { parameters: Weights } {
  const columns = inputs(train, scale, names);
  const y = column(train, target);
  const products = new Matrix(columns.map((a) => columns.map((b) => dot(a, b, train.rows))));
  const moments = new Matrix([columns.map((values) => dot(values, y, train.rows))]);
  return weighted({ weights: moments.mmul(new SVD(products).inverse()).to1DArray() }, scale, names);
}

/** What these weights of the columns, and the intercept after them, foretell. */
export function weighted(
  parameters: Weights,
  scale: Scale,
  names: readonly string[] = logDeviations,
): FittedBaseline & { parameters: Weights } {
  const { weights } = parameters;
  const predict = (frame: Frame) => {
    const predicted = new Float64Array(frame.rows).fill(weights[names.length]);
    for (const [i, values] of inputs(frame, scale, names).slice(0, -1).entries()) {
      for (let row = 0; row < frame.rows; row++) predicted[row] += weights[i] * values[row];
    }
    return predicted;
  };
  return { name: 'trailing_deviation', parameters, reads: names, predict };
}

/** What the target is regressed on; a column of ones last, for the intercept. */
function inputs(frame: Frame, scale: Scale, names: readonly string[]): Float64Array[] {
  const columns = names.map((name) => column(frame, name));
  return [
    ...(scale === 'logs' ? columns : columns.map((values) => values.map(Math.exp))),
    new Float64Array(frame.rows).fill(1),
  ];
}
