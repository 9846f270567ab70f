import { column, type Frame } from '#lib/frame.ts';
import type { Baseline, FittedBaseline } from '#models/baseline.ts';
import { labelsOfBars } from '#models/frame_rows.ts';
import { logLoss } from '#models/losses.ts';
import { meanOf } from '#models/validation/metrics.ts';
import { studentBelow } from './student.ts';
import { leastSquares, weighted } from './trailing_deviation.ts';

const name = 'next_return_t_distributed';
const classes = 3;
type Fitted = { degrees: number; scale: number; weights: number[]; horizon: number };
const degreesTried = [2, 3, 4, 5, 6, 8, 10, 20];
/** How far the scale of the returns may be from the forecast deviation, and how exactly it is found. */
const scales = { least: 0.25, most: 4, exact: 1e-3 };
/** Rows that degrees and scale are fitted on: two numbers need no more. */
const enoughRows = 20_000;

/**
 * What follows for momentum's class from the coming deviation alone. The return over the last h bars and the band are known
 * at the bar, so the class says between which bounds the next return lies: below last − band, above last + band, or between.
 * That return is taken to be t-distributed around 0; its deviation is the forecast of least squares on the logs of trailing
 * deviations (as the baseline of volatility), times √h and a factor. Factor and degrees of freedom are those of the lowest
 * log-loss in training.
 */
export const momentumClosedForm: Baseline = {
  name,
  fit(train, { horizon }) {
    const volatility = leastSquares(train, 'label_log_volatility', 'logs');
    const some = labelsOfBars(train, enoughRows);
    const deviation = deviations(volatility, some, horizon);
    const came = column(some, 'label_momentum_class');
    const lossOf = (degrees: number, scale: number) =>
      meanOf(logLoss.rows(probabilities(some, deviation, degrees, scale), came));
    const tried = degreesTried.map((degrees) => {
      const scale = lowest((value) => lossOf(degrees, value));
      return { degrees, scale, loss: lossOf(degrees, scale) };
    });
    const { degrees, scale } = tried.reduce((a, b) => (b.loss < a.loss ? b : a));
    return forecast({ degrees, scale, ...volatility.parameters, horizon });
  },
  load: ({ parameters }) => forecast(parameters as Fitted),
};

function forecast(parameters: Fitted): FittedBaseline {
  const { degrees, scale, weights, horizon } = parameters;
  const volatility = weighted({ weights }, 'logs');
  return {
    ...{ name, parameters },
    reads: ['label_last_return', 'label_momentum_band', ...volatility.reads],
    predict: (frame) => probabilities(frame, deviations(volatility, frame, horizon), degrees, scale),
  };
}

/** Of the return over the next `horizon` bars. */
function deviations(volatility: FittedBaseline, frame: Frame, horizon: number): Float64Array {
  return volatility.predict(frame).map((log) => Math.exp(log) * Math.sqrt(horizon));
}

function probabilities(frame: Frame, deviation: Float64Array, degrees: number, scale: number): Float64Array {
  const last = column(frame, 'label_last_return');
  const band = column(frame, 'label_momentum_band');
  const out = new Float64Array(frame.rows * classes);
  for (let row = 0; row < frame.rows; row++) {
    const unit = scale * deviation[row];
    const below = studentBelow((last[row] - band[row]) / unit, degrees);
    const above = studentBelow(-(last[row] + band[row]) / unit, degrees);
    out.set([below, Math.max(0, 1 - below - above), above], row * classes);
  }
  return out;
}

/** Where a function of the scale with one valley is lowest: golden-section search on its logarithm (Kiefer, 1953). */
function lowest(of: (scale: number) => number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [Math.log(scales.least), Math.log(scales.most)];
  let [left, right] = [b - ratio * (b - a), a + ratio * (b - a)];
  let [atLeft, atRight] = [of(Math.exp(left)), of(Math.exp(right))];
  while (b - a > scales.exact) {
    if (atLeft < atRight) {
      [b, right, atRight] = [right, left, atLeft];
      left = b - ratio * (b - a);
      atLeft = of(Math.exp(left));
    } else {
      [a, left, atLeft] = [left, right, atRight];
      right = a + ratio * (b - a);
      atRight = of(Math.exp(right));
    }
  }
  return Math.exp((a + b) / 2);
}
