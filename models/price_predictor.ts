import { zeroReturn } from './baselines/zero_return.ts';
import type { ModelDefinition } from './definition.ts';
import { squaredError } from './losses.ts';

/** The log return over the next h bars, ln(close[t+h] / close[t]). */
export const pricePredictor: ModelDefinition<'price_predictor'> = {
  name: 'price_predictor',
  summary: 'the log return, and the price it amounts to',
  horizons: [5],
  task: { kind: 'regression' },
  target: 'label_log_return',
  loss: squaredError,
  baseline: zeroReturn,
  besides: [],
  rules: [],
  classNames: [],
  unit: 'log return',
  headline: 'mae',
  start: { forest: { trees: 100, depth: 5, minLeaf: 500, featuresPerSplit: 10, bins: 64 }, linear: { ridge: 0 } },
  lean: [],
  show([logReturn], { close }) {
    const price = close === null ? null : close * Math.exp(logReturn);
    const change = `${(100 * Math.expm1(logReturn)).toFixed(3)} %`;
    return {
      prediction: logReturn,
      probability: null,
      price,
      text: price === null ? change : `${price.toPrecision(7)}, ${change}`,
    };
  },
};
