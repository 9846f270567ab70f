import { column, type Frame } from '#lib/frame.ts';
import type { Baseline, FittedBaseline } from '#models/baseline.ts';
import { type FittedIntervals, fitIntervals, predictIntervals } from '#models/intervals/fit.ts';
import { pinballBesidePoint } from '#models/losses.ts';
import { besidePoints } from '#models/quantile_rows.ts';
import { meanOf } from '#models/validation/metrics.ts';
import { holdOut } from './hold_out.ts';
import { leastSquares, weighted } from './trailing_deviation.ts';

const target = 'label_log_return';

/** Root mean square return of all symbols and of each. */
type OwnDeviations = { all: number; bySymbol: Record<string, number> };

/** How much of the logarithm of a deviation comes from the trailing ones; the rest is the symbol's own. */
const shares = [0, 0.25, 0.5, 0.75, 1];

type ByDeviation = {
  share: number;
  /** Of the logs of trailing deviations, the intercept last. */
  weights: number[];
  horizon: number;
  own: OwnDeviations;
  ratios: FittedIntervals;
};

/**
 * Quantiles of return / deviation in training, times the coming deviation. That is between the one that trailing deviations
 * foretell (HAR: least squares on their logs, as the baseline of volatility, times √h) and the symbol's own of training, by the
 * share that is best on the last fifth of the training bars after a fit to those before it. Where deviations hardly change, HAR
 * alone adds noise, and a model that only left that out would pass for one that knows something. The point forecast is 0.
 */
export const quantilesByDeviation: Baseline = {
  name: 'quantiles_by_deviation',
  fit(train, context) {
    const { horizon } = context;
    const [earlier, later] = holdOut(train, context);
    const came = column(later, target);
    const lossOf = (share: number) =>
      meanOf(pinballBesidePoint.rows(fitByDeviation(earlier, horizon, share).predict(later), came));
    const losses = shares.map(lossOf);
    return fitByDeviation(train, horizon, shares[losses.indexOf(Math.min(...losses))]);
  },
  load: ({ parameters }) => byDeviation(parameters as ByDeviation),
};

function fitByDeviation(train: Frame, horizon: number, share: number): FittedBaseline {
  const { weights } = leastSquares(train, 'label_log_volatility', 'logs').parameters;
  const known = { share, weights, horizon, own: fitOwn(train) };
  return byDeviation({ ...known, ratios: ratiosOf(train, comingDeviations(known, train)) });
}

function byDeviation(parameters: ByDeviation): FittedBaseline {
  return {
    ...{ name: quantilesByDeviation.name, parameters },
    reads: weighted({ weights: parameters.weights }, 'logs').reads,
    predict: (frame) => forecast(parameters.ratios, comingDeviations(parameters, frame), frame),
  };
}

function comingDeviations({ share, weights, horizon, own }: Omit<ByDeviation, 'ratios'>, frame: Frame): Float64Array {
  const ofSymbol = ownDeviations(own, frame).map(Math.log);
  return weighted({ weights }, 'logs')
    .predict(frame)
    .map((log, row) => Math.exp(share * (log + Math.log(horizon) / 2) + (1 - share) * ofSymbol[row]));
}

type Unconditional = { own: OwnDeviations; ratios: FittedIntervals };

/**
 * The quantiles of each symbol's return in training, whatever the bar: those of return / its root mean square, drawn towards those
 * of all symbols where it has few rows, so that a symbol keeps its own width. The point forecast is 0.
 */
export const unconditionalQuantiles: Baseline = {
  name: 'unconditional_quantiles',
  fit(train) {
    const own = fitOwn(train);
    return unconditional({ own, ratios: ratiosOf(train, ownDeviations(own, train)) });
  },
  load: ({ parameters }) => unconditional(parameters as Unconditional),
};

function unconditional(parameters: Unconditional): FittedBaseline {
  return {
    ...{ name: unconditionalQuantiles.name, parameters, reads: [] },
    predict: (frame) => forecast(parameters.ratios, ownDeviations(parameters.own, frame), frame),
  };
}

function fitOwn(train: Frame): OwnDeviations {
  const { symbols, symbolOf } = train;
  const returns = column(train, target);
  const [squares, rows] = [new Float64Array(symbols.length), new Float64Array(symbols.length)];
  for (const [row, value] of returns.entries()) {
    squares[symbolOf[row]] += value ** 2;
    rows[symbolOf[row]]++;
  }
  const all = Math.sqrt(squares.reduce((a, b) => a + b, 0) / returns.length);
  // A symbol that never moved has no width to divide by.
  const moved = [...symbols.entries()].filter(([s]) => squares[s] > 0);
  return { all, bySymbol: Object.fromEntries(moved.map(([s, symbol]) => [symbol, Math.sqrt(squares[s] / rows[s])])) };
}

function ownDeviations({ all, bySymbol }: OwnDeviations, frame: Frame): Float64Array {
  const of = frame.symbols.map((symbol) => (Object.hasOwn(bySymbol, symbol) ? bySymbol[symbol] : all));
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
