import { meanOrTrailingDeviation } from './baselines/trailing_deviation.ts';
import type { ModelDefinition } from './definition.ts';
import { squaredError } from './losses.ts';
import { percentileAmong } from './quantiles.ts';

const target = 'label_drawdown';

/** How far below this close the lows of the next h bars reach, as a fraction: max(0, 1 − min(low) / close). */
export const riskScorer: ModelDefinition<'risk_scorer'> = {
  name: 'risk_scorer',
  summary: 'how deep the price may fall, 0 to 100 among what it predicted out of fold',
  horizons: [5, 15, 60],
  task: { kind: 'regression' },
  target,
  ofReturns: false,
  loss: squaredError,
  baseline: meanOrTrailingDeviation(target, 'deviations'),
  besides: [],
  rules: [],
  classNames: [],
  unit: 'percentile of its predictions out of fold, 0 to 100',
  headline: 'rmse',
  start: {
    forest: { trees: 100, depth: 4, minLeaf: 300, featuresPerSplit: 20, bins: 64 },
    linear: { ridge: 0 },
    gamma: { ridge: 0.5 },
  },
  lean: ['gamma'],
  show([fraction], { close, symbol, scale }) {
    const prediction = percentileAmong(scale!.quantiles, fraction);
    const own = scale!.bySymbol[symbol];
    const among = own ? `, ${percentileAmong(own, fraction).toFixed(0)} among those of ${symbol}` : '';
    const text = `${prediction.toFixed(0)} of 100${among}, a fall of ${(100 * fraction).toFixed(3)} %`;
    return { prediction, probability: null, price: close === null ? null : close * (1 - fraction), text };
  },
};
