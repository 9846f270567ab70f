import { quantilesByDeviation, unconditionalQuantiles } from './baselines/return_quantiles.ts';
import type { ModelDefinition } from './definition.ts';
import { pinballBesidePoint, quantileLevels } from './losses.ts';

/** Rounded, and never −0. */
const percent = (logReturn: number) => `${(Number((100 * Math.expm1(logReturn)).toFixed(3)) || 0).toFixed(3)} %`;
const digits = { minimumSignificantDigits: 7, maximumSignificantDigits: 7 };

/** The log return over the next h bars, ln(close[t+h] / close[t]): within which bounds it comes, and a point forecast. */
export const pricePredictor: ModelDefinition<'price_predictor'> = {
  name: 'price_predictor',
  summary: 'between which bounds the log return comes in 50 and 90 of 100 cases, and the price that it amounts to',
  horizons: [5],
  task: { kind: 'quantiles', levels: quantileLevels },
  target: 'label_log_return',
  ofReturns: true,
  loss: pinballBesidePoint,
  baseline: quantilesByDeviation,
  besides: [unconditionalQuantiles],
  rules: [],
  classNames: [],
  unit: 'log return',
  headline: 'coverage_90',
  start: { intervals: { ridge: 0 } },
  lean: ['intervals'],
  show([low, , , , high, point], { close }) {
    const change = `${percent(point)} (90 % between ${percent(low)} and ${percent(high)})`;
    if (close === null) return { prediction: point, probability: null, price: null, text: change };
    const priceAt = (logReturn: number) => close * Math.exp(logReturn);
    const [price, from, to] = [point, low, high].map((each) => priceAt(each).toLocaleString('en-US', digits));
    return {
      prediction: point,
      probability: null,
      price: priceAt(point),
      text: `${change}, ${price} (${from} to ${to})`,
    };
  },
};
