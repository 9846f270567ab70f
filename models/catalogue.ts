import { UserError } from '#lib/errors.ts';
import type { ModelDefinition } from './definition.ts';
import { directionPredictor } from './direction_predictor.ts';
import { momentumClassifier } from './momentum_classifier.ts';
import { pricePredictor } from './price_predictor.ts';
import { riskScorer } from './risk_scorer.ts';
import { volatilityRegressor } from './volatility_regressor.ts';

/** All models, in the order of reports. One more is a file that exports a definition, and a line here. */
const models = [directionPredictor, pricePredictor, momentumClassifier, volatilityRegressor, riskScorer] as const;

export type ModelName = (typeof models)[number]['name'];
export const catalogue: readonly ModelDefinition<ModelName>[] = models;
export const modelNames: readonly ModelName[] = models.map(({ name }) => name);

/** @throws UserError that lists the models there are */
export function modelNamed(name: string): ModelDefinition<ModelName> {
  const definition = catalogue.find((each) => each.name === name);
  if (!definition) throw new UserError(`There is no model ${name}.`, `Choose one of ${modelNames.join(', ')}.`);
  return definition;
}
