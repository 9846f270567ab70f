import { meanOrTrailingDeviation } from './baselines/trailing_deviation.ts';
import { trailingRange } from './baselines/trailing_range.ts';
import type { ModelDefinition } from './definition.ts';
import { squaredError } from './losses.ts';

const target = 'label_log_volatility';

/** Log of the sample deviation of one-bar log returns over the next h bars, with the label's floor. */
export const volatilityRegressor: ModelDefinition<'volatility_regressor'> = {
  name: 'volatility_regressor',
  summary: 'the deviation of one-bar returns',
  horizons: [5, 15, 60],
  task: { kind: 'regression' },
  target,
  ofReturns: false,
  loss: squaredError,
  baseline: meanOrTrailingDeviation(target, 'logs'),
  besides: [trailingRange(target)],
  rules: [],
  classNames: [],
  unit: 'deviation of a one-bar log return, root mean square',
  headline: 'rmse',
  start: { forest: { trees: 60, depth: 10, minLeaf: 200, featuresPerSplit: 20, bins: 64 }, linear: { ridge: 0 } },
  mean: true,
  lean: ['linear'],
  show([logDeviation], { scale }) {
    const prediction = scale!.rms * Math.exp(logDeviation);
    return { prediction, probability: null, price: null, text: `${(100 * prediction).toFixed(4)} % a bar` };
  },
};
