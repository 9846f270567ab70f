import { baseRate } from './baselines/base_rate.ts';
import { continuation, majority, reversal } from './baselines/class_rules.ts';
import { symbolRate } from './baselines/symbol_rate.ts';
import type { ModelDefinition } from './definition.ts';
import { brier } from './losses.ts';

const target = 'label_up';

/** Will the close be higher in h bars? An unchanged close counts as not. */
export const directionPredictor: ModelDefinition<'direction_predictor'> = {
  name: 'direction_predictor',
  summary: 'whether the close will be higher',
  horizons: [1],
  task: { kind: 'classes', classes: 2 },
  target,
  ofReturns: true,
  loss: brier,
  baseline: symbolRate(target),
  besides: [baseRate(target, 2)],
  rules: [majority(target, 2), continuation, reversal],
  classNames: ['not up', 'up'],
  unit: '1 up, 0 not',
  headline: 'accuracy',
  start: { forest: { trees: 100, depth: 4, minLeaf: 500, featuresPerSplit: 10, bins: 64 }, linear: { ridge: 2 } },
  lean: ['linear'],
  show: ([, up]) => ({
    prediction: up > 0.5 ? 1 : 0,
    probability: up,
    price: null,
    text: `${up > 0.5 ? 'up' : 'not up'}, probability of up ${(100 * up).toFixed(1)} %`,
  }),
};
