import { column, type Frame } from '#lib/frame.ts';
import type { Baseline, FittedBaseline } from '#models/baseline.ts';
import { type FittedIntervals, fitIntervals, predictIntervals } from '#models/intervals/fit.ts';
import { pinballBesidePoint } from '#models/losses.ts';
import { besidePoints } from '#models/quantile_rows.ts';
import { meanOf } from '#models/validation/metrics.ts';
import { holdOut } from './hold_out.ts';
import { leastSquares, weighted } from './trailing_deviation.ts';

const target = 'label_log_return';

/**
 * The better of the two below on the last fifth of the training bars, after a fit to those before it; it is then fitted to the whole
 * training part. Where deviations do not change, one that follows trailing ones adds noise, and a model that only left that out
 * would pass for one that knows something.
 */
export const harOrUnconditionalQuantiles: Baseline = {
  name: 'har_or_unconditional_quantiles',
  fit(train, context) {
    const [earlier, later] = holdOut(train, context);
    const came = column(later, target);
    const lossOf = (baseline: Baseline) =>
      meanOf(pinballBesidePoint.rows(baseline.fit(earlier, context).predict(later), came));
    const better = lossOf(harQuantiles) < lossOf(unconditionalQuantiles) ? harQuantiles : unconditionalQuantiles;
    return better.fit(train, context);
  },
  load: (saved) => (saved.name === harQuantiles.name ? harQuantiles : unconditionalQuantiles).load(saved),
};

type Har = { weights: number[]; horizon: number; ratios: FittedIntervals };

/**
 * Quantiles of return / deviation in training, times the deviation that trailing ones foretell: least squares on their logs
 * (as the baseline of volatility), times √h. They say how wide, not where to: the point forecast is 0.
 */
export const harQuantiles: Baseline = {
  name: 'har_quantiles',
  fit(train, { horizon }) {
    const { weights } = leastSquares(train, 'label_log_volatility', 'logs').parameters;
    return ofHar({ weights, horizon, ratios: ratiosOf(train, harDeviations(weights, horizon, train)) });
  },
  load: ({ parameters }) => ofHar(parameters as Har),
};

function ofHar(parameters: Har): FittedBaseline {
  const { weights, horizon, ratios } = parameters;
  return {
    ...{ name: harQuantiles.name, parameters },
    reads: weighted({ weights }, 'logs').reads,
    predict: (frame) => forecast(ratios, harDeviations(weights, horizon, frame), frame),
  };
}

function harDeviations(weights: number[], horizon: number, frame: Frame): Float64Array {
  return weighted({ weights }, 'logs')
    .predict(frame)
    .map((log) => Math.exp(log) * Math.sqrt(horizon));
}

type Unconditional = { deviation: number; bySymbol: Record<string, number>; ratios: FittedIntervals };

/**
 * The quantiles of each symbol's return in training, whatever the bar: those of return / its root mean square, drawn towards those
 * of all symbols where it has few rows, so that a symbol keeps its own width. The point forecast is 0.
 */
export const unconditionalQuantiles: Baseline = {
  name: 'unconditional_quantiles',
  fit(train) {
    const returns = column(train, target);
    const [squares, rows] = [new Float64Array(train.symbols.length), new Float64Array(train.symbols.length)];
    for (let row = 0; row < train.rows; row++) {
      squares[train.symbolOf[row]] += returns[row] ** 2;
      rows[train.symbolOf[row]]++;
    }
    const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
    const deviation = Math.sqrt(sum(squares) / sum(rows));
    // A symbol that never moved has no width to divide by.
    const own = train.symbols.flatMap((symbol, s): [string, number][] =>
      squares[s] > 0 ? [[symbol, Math.sqrt(squares[s] / rows[s])]] : [],
    );
    const known = { deviation, bySymbol: Object.fromEntries(own) };
    return unconditional({ ...known, ratios: ratiosOf(train, ownDeviations(known, train)) });
  },
  load: ({ parameters }) => unconditional(parameters as Unconditional),
};

function unconditional(parameters: Unconditional): FittedBaseline {
  return {
    ...{ name: unconditionalQuantiles.name, parameters, reads: [] },
    predict: (frame) => forecast(parameters.ratios, ownDeviations(parameters, frame), frame),
  };
}

function ownDeviations({ deviation, bySymbol }: Omit<Unconditional, 'ratios'>, frame: Frame): Float64Array {
  const of = frame.symbols.map((symbol) => (Object.hasOwn(bySymbol, symbol) ? bySymbol[symbol] : deviation));
  return Float64Array.from(frame.symbolOf, (s) => of[s]);
}

function ratiosOf(train: Frame, deviations: Float64Array): FittedIntervals {
  const { symbolOf, symbols } = train;
  return fitIntervals({ returns: column(train, target), deviations, symbolOf, symbols });
}

function forecast(ratios: FittedIntervals, deviations: Float64Array, frame: Frame): Float64Array {
  const quantiles = predictIntervals(ratios, deviations, frame.symbolOf, frame.symbols);
  return besidePoints(quantiles, new Float64Array(frame.rows));
}
