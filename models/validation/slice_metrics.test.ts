import { describe, expect, it } from 'vitest';
import { column } from '#lib/frame.ts';
import { type ModelName, modelNamed } from '#models/catalogue.ts';
import { evaluateModel } from '#models/evaluate.ts';
import { plantedFrame } from '#models/fixtures/planted_frame.ts';
import { walks } from './walk_forward.ts';

const frame = plantedFrame({ bars: 700, seed: 3, strength: 0.8 });
const candidate = (engine: string) => [{ name: engine, engine, parameters: { ridge: 0.05 } }];

const ofClasses = [
  'accuracy',
  'balanced_accuracy',
  'precision',
  'auc',
  'log_loss',
  'calibration_error',
  'calibration_slope',
];
const ofNumbers = ['mae', 'mse', 'rmse', 'r2', 'rank_correlation', 'calibration_error', 'calibration_slope'];
const expected: [ModelName, string[]][] = [
  ['direction_predictor', [...ofClasses, 'brier']],
  ['momentum_classifier', ofClasses],
  [
    'price_predictor',
    [
      'mean_pinball',
      'coverage_50',
      'coverage_90',
      'width_90_bp',
      'point_loss',
      'calibration_error',
      'calibration_slope',
    ],
  ],
  ['volatility_regressor', ofNumbers],
  ['risk_scorer', ofNumbers],
];

async function evaluated(model: ModelName, walk: (typeof walks)[number]) {
  const candidates = candidate(model === 'price_predictor' ? 'intervals' : 'linear');
  const options = { horizon: 2, barMicros: 60e6, folds: 5, seed: 3, walk, candidates };
  const { winner, folds } = await evaluateModel(modelNamed(model), frame, options);
  const from = folds[0].test.from;
  const rows = Array.from({ length: frame.rows - from }, (_, i) => i);
  const symbolOf = (i: number) => frame.symbols[frame.symbolOf[from + i]];
  const foldOf = (i: number) => folds.findIndex(({ test }) => from + i < test.until);
  const value = (metric: string, of: { fold?: number; symbol?: string }) =>
    winner.metrics.find(
      (row) =>
        row.metric === metric &&
        row.split === 'test' &&
        row.fold === (of.fold ?? -1) &&
        row.symbol === (of.symbol ?? null) &&
        row.regime === null,
    )?.value;
  const target = column(frame, modelNamed(model).target).subarray(from);
  return { winner, rows, symbolOf, foldOf, value, target };
}

describe('the figures of a validation', () => {
  it.each(expected)('are there for %s, pooled, by fold, symbol and regime', async (model, metrics) => {
    const { winner } = await evaluated(model, 'expanding');
    const slices = new Set(
      winner.metrics
        .filter(({ split, metric }) => split === 'test' && !metric.startsWith('p_value'))
        .map(({ fold, symbol, regime }) => JSON.stringify([fold, symbol, regime])),
    );
    expect(slices.size).toBe(1 + 5 + 3 + 5);
    for (const slice of slices) {
      const here = winner.metrics.filter(
        ({ split, fold, symbol, regime }) => split === 'test' && JSON.stringify([fold, symbol, regime]) === slice,
      );
      expect(here.map(({ metric }) => metric)).toEqual(expect.arrayContaining([...metrics, 'loss', 'skill', 'rows']));
    }
  });

  it.each(walks)('are of the rows they name, %s', async (walk) => {
    const direction = await evaluated('direction_predictor', walk);
    const up = (i: number) => (direction.winner.predictions[2 * i + 1] > 0.5 ? 1 : 0);
    const symbol = frame.symbols[1];
    const ofSymbol = direction.rows.filter((i) => direction.symbolOf(i) === symbol);
    const recall = (k: number) => {
      const came = ofSymbol.filter((i) => direction.target[i] === k);
      return came.filter((i) => up(i) === k).length / came.length;
    };
    expect(direction.value('balanced_accuracy', { symbol })).toBeCloseTo((recall(0) + recall(1)) / 2, 12);
    const told = direction.rows.filter((i) => direction.foldOf(i) === 2 && up(i) === 1);
    const right = told.filter((i) => direction.target[i] === 1);
    expect(direction.value('precision', { fold: 2 })).toBeCloseTo(right.length / told.length, 12);

    const volatility = await evaluated('volatility_regressor', walk);
    const ofFold = volatility.rows.filter((i) => volatility.foldOf(i) === 4);
    const misses = ofFold.map((i) => Math.abs(volatility.target[i] - volatility.winner.predictions[i]));
    const mae = misses.reduce((a, b) => a + b) / misses.length;
    expect(volatility.value('mae', { fold: 4 })).toBeCloseTo(mae, 12);
    expect(volatility.value('rows', { fold: 4 })).toBe(ofFold.length);
  });
});
