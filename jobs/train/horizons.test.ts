import { describe, expect, it } from 'vitest';
import { modelHorizons } from './horizons.ts';

const pairs = (request: Parameters<typeof modelHorizons>[0]) =>
  modelHorizons(request).map(({ model, horizon }) => `${model} ${horizon}`);

describe('the horizons of a training', () => {
  it('are those of each model, as the design has them', () => {
    expect(pairs({})).toEqual([
      'direction_predictor 1',
      'price_predictor 5',
      'momentum_classifier 5',
      'volatility_regressor 5',
      'volatility_regressor 15',
      'volatility_regressor 60',
      'risk_scorer 5',
      'risk_scorer 15',
      'risk_scorer 60',
    ]);
  });

  it('are one for all models where one is given, and the first of each where time counts', () => {
    expect(pairs({ models: ['risk_scorer', 'direction_predictor'], horizon: 7 })).toEqual([
      'risk_scorer 7',
      'direction_predictor 7',
    ]);
    expect(pairs({ models: ['risk_scorer', 'direction_predictor'], firstHorizon: true })).toEqual([
      'risk_scorer 5',
      'direction_predictor 1',
    ]);
    expect(pairs({ models: ['risk_scorer'], horizon: 7, firstHorizon: true })).toEqual(['risk_scorer 7']);
    expect(() => modelHorizons({ models: ['oracle'] })).toThrow(/no model oracle/);
  });
});
