import { describe, expect, it } from 'vitest';
import { column } from '#lib/frame.ts';
import { modelNamed } from './catalogue.ts';
import { evaluateModel } from './evaluate.ts';
import { plantedFrame } from './fixtures/planted_frame.ts';
import { rowsBetween } from './frame_rows.ts';
import { predictRows } from './predict.ts';
import { scoreModel } from './score.ts';
import { isFarBelow } from './skill_decay.ts';

const whole = plantedFrame({ bars: 1_400, seed: 8, strength: 0.8 });
const cut = whole.ts.findIndex((time) => time > whole.ts[0] + 700 * 60e6);
const [seen, unseen] = [rowsBetween(whole, 0, cut), rowsBetween(whole, cut + 30, whole.rows)];
const options = { horizon: 2, barMicros: 60e6, folds: 5, seed: 3, engines: ['linear'] };

describe('scoreModel', () => {
  it('compares a model with the baseline of the rows that it was fitted on', async () => {
    const definition = modelNamed('volatility_regressor');
    const { trained, winner } = await evaluateModel(definition, seen, options);
    const score = scoreModel(trained, unseen);
    const came = column(unseen, definition.target);
    const meanSquare = (predicted: Float64Array) =>
      predicted.reduce((sum, value, row) => sum + (value - came[row]) ** 2, 0) / came.length;
    expect(score.loss).toBeCloseTo(meanSquare(predictRows(trained, unseen)), 12);
    expect(score.baseline).toBeCloseTo(meanSquare(definition.baseline.fit(seen, options).predict(unseen)), 12);
    expect(score.skill).toBeCloseTo(1 - score.loss / score.baseline, 12);
    // What was planted is there later too.
    expect(winner.skill).toBeGreaterThan(0.02);
    expect(score.skill).toBeGreaterThan(0.02);
    expect(score.pValue).toBeLessThan(0.05);
    expect(isFarBelow(score.skill, winner.skill)).toBe(false);
  });

  it('scores the forecasts beside the baseline too', async () => {
    const definition = modelNamed('direction_predictor');
    const { trained } = await evaluateModel(definition, seen, options);
    const score = scoreModel(trained, unseen);
    const up = column(unseen, definition.target);
    const rate = column(seen, definition.target).reduce((sum, value) => sum + value, 0) / seen.rows;
    const loss = up.reduce((sum, value) => sum + (rate - value) ** 2, 0) / up.length;
    expect(score.besides).toEqual({ base_rate: expect.closeTo(1 - score.loss / loss, 10) });
  });

  it('finds no skill where what was planted is gone, and says that it is far below', async () => {
    const definition = modelNamed('price_predictor');
    const { trained, winner } = await evaluateModel(definition, seen, { ...options, engines: ['intervals'] });
    const turned = { ...unseen, columns: new Map(unseen.columns) };
    turned.columns.set(
      'volatility_hint',
      column(unseen, 'volatility_hint').map((value) => -value),
    );
    const score = scoreModel(trained, turned);
    expect(score.skill).toBeLessThan(0);
    expect(score.pValue).toBeGreaterThan(0.9);
    expect(isFarBelow(score.skill, winner.skill)).toBe(true);
  });
});

it.each([
  [0.02, 0.05, true],
  [0.03, 0.05, false],
  [-0.01, 0.05, true],
  [0.08, 0.05, false],
  [-0.05, -0.01, false],
  [-0.05, 0, false],
])('%d is far below %d: %s', (skill, before, far) => {
  expect(isFarBelow(skill, before)).toBe(far);
});
