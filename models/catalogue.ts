import { UserError } from '#lib/errors.ts';
import { type ModelDefinition, modelNames } from './definition.ts';
import { directionPredictor } from './direction_predictor.ts';
import { momentumClassifier } from './momentum_classifier.ts';
import { pricePredictor } from './price_predictor.ts';
import { riskScorer } from './risk_scorer.ts';
import { volatilityRegressor } from './volatility_regressor.ts';

/** The five models, in the order of reports. */
export const catalogue: readonly ModelDefinition[] = [
  directionPredictor,
  pricePredictor,
  momentumClassifier,
  volatilityRegressor,
  riskScorer,
];

/** @throws UserError that lists the models there are */
export function modelNamed(name: string): ModelDefinition {
  const definition = catalogue.find((each) => each.name === name);
  if (!definition) throw new UserError(`There is no model ${name}.`, `Choose one of ${modelNames.join(', ')}.`);
  return definition;
}
