import { majority, nextReturnZero } from './baselines/class_rules.ts';
import { momentumClass } from './baselines/momentum_class.ts';
import { momentumClosedForm } from './baselines/momentum_closed_form.ts';
import type { ModelDefinition } from './definition.ts';
import { logLoss } from './losses.ts';
import { mostLikely } from './task.ts';

const target = 'label_momentum_class';
const classNames = ['decelerating', 'neutral', 'accelerating'];

/**
 * Will the return over the next h bars be lower than, like or higher than that over the last h, against ± a quarter of
 * that difference's own trailing deviation?
 */
export const momentumClassifier: ModelDefinition<'momentum_classifier'> = {
  name: 'momentum_classifier',
  summary: 'whether the price decelerates, keeps its pace or accelerates',
  horizons: [5],
  task: { kind: 'classes', classes: 3 },
  target,
  ofReturns: true,
  loss: logLoss,
  baseline: momentumClosedForm,
  besides: [momentumClass],
  rules: [nextReturnZero, majority(target, 3)],
  classNames,
  unit: '0 decelerating, 1 neutral, 2 accelerating',
  headline: 'accuracy',
  start: { forest: { trees: 100, depth: 6, minLeaf: 100, featuresPerSplit: 10, bins: 64 }, linear: { ridge: 0.02 } },
  lean: ['linear'],
  show(probabilities) {
    const [prediction] = mostLikely(probabilities, 3);
    const probability = probabilities[prediction];
    const text = `${classNames[prediction]}, probability ${(100 * probability).toFixed(1)} %`;
    return { prediction, probability, price: null, text };
  },
};
