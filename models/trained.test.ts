import { describe, expect, it } from 'vitest';
import { column } from '#lib/frame.ts';
import type { Candidate } from './candidate.ts';
import { catalogue, modelNamed } from './catalogue.ts';
import { compareWithChampion } from './champion.ts';
import { type Evaluation, evaluateModel } from './evaluate.ts';
import { plantedFrame } from './fixtures/planted_frame.ts';
import { rowsBetween } from './frame_rows.ts';
import { predict, predictRows } from './predict.ts';
import { percentileAmong, quantilesOf } from './quantiles.ts';
import { loadTrained, saveTrained } from './trained.ts';

const frame = plantedFrame({ bars: 700, seed: 2, strength: 0.8 });
const options = { horizon: 2, barMicros: 60e6, folds: 5, seed: 3 };
const candidate = (engine: string): Candidate[] => [
  { name: engine, engine, parameters: engine === 'forest' ? { trees: 15, depth: 5, minLeaf: 20 } : {} },
];
const enginesOf = (name: string) => (name === 'price_predictor' ? ['intervals'] : ['forest', 'linear']);

describe.each(catalogue.map((definition) => [definition.name, definition] as const))('%s', (name, definition) => {
  it.each(enginesOf(name))('is the same after its artifact was read back, by %s', async (engine) => {
    const { trained } = await evaluateModel(definition, frame, { ...options, candidates: candidate(engine) });
    const loaded = loadTrained(JSON.parse(JSON.stringify(saveTrained(trained))));
    const closes = column(frame, 'label_close');
    expect(predict(loaded, frame, closes)).toEqual(predict(trained, frame, closes));
    // Live rows have no labels, and may have their columns in another order.
    const inputs = [...frame.columns].filter(([column]) => !column.startsWith('label_')).reverse();
    expect(predictRows(loaded, { ...frame, columns: new Map(inputs) })).toEqual(predictRows(trained, frame));
    const [shown] = predict(trained, frame, closes);
    const values = predictRows(trained, rowsBetween(frame, 0, 1));
    expect(shown.raw).toEqual([...values]);
    // What the whole window is fitted with is what the folds are: the baseline of the definition.
    const naive = definition.baseline.fit(frame, options);
    const first = naive.predict(rowsBetween(frame, 0, 1));
    expect(shown.baseline).toEqual([...first]);
    // A live row has no labels: a baseline that reads some says nothing of it.
    const [live] = predict(loaded, rowsBetween({ ...frame, columns: new Map(inputs) }, 0, 1));
    expect(live).toMatchObject({ raw: shown.raw, baseline: naive.reads.length > 0 ? null : [...first] });
    if (name === 'direction_predictor')
      expect([shown.prediction, shown.probability]).toEqual([values[1] > 0.5 ? 1 : 0, values[1]]);
    if (name === 'price_predictor') expect(shown.price).toBeCloseTo(closes[0] * Math.exp(values[5]), 10);
    if (name === 'momentum_classifier') expect(shown.probability).toBe(Math.max(...values));
    if (name === 'volatility_regressor')
      expect(Math.log(shown.prediction / trained.scale!.rms)).toBeCloseTo(values[0], 10);
    if (name === 'risk_scorer') expect(shown.prediction >= 0 && shown.prediction <= 100).toBe(true);
  });
});

describe('predict', () => {
  it('names features that are missing and values that are not finite', async () => {
    const definition = modelNamed('price_predictor');
    const { trained } = await evaluateModel(definition, frame, { ...options, candidates: candidate('intervals') });
    const without = { ...frame, columns: new Map(frame.columns) };
    without.columns.delete('noise_3');
    expect(() => predict(trained, without)).toThrow(/trained on noise_3, which the features lack/);
    const holed = {
      ...frame,
      columns: new Map(frame.columns).set('noise_3', new Float64Array(frame.rows).fill(Number.NaN)),
    };
    expect(() => predict(trained, holed)).toThrow(/noise_3 of PLANTED\d-USDT is not finite/);
    expect(() => loadTrained({ format: 'other' })).toThrow(/format is other/);
    const before = { ...(saveTrained(trained) as object), format: 'tickforest-model-3' };
    expect(() => loadTrained(before)).toThrow(/format is tickforest-model-3 and not tickforest-model-5/);
    const lacking = { ...(saveTrained(trained) as object), baselines: {} };
    expect(() => loadTrained(lacking)).toThrow(/artifact of price_predictor lacks the baseline quantiles_by_deviation/);
  });
});

describe('percentileAmong', () => {
  it('is the share of training below a value, ties in the middle', () => {
    const quantiles = quantilesOf(Float64Array.from({ length: 1001 }, (_, i) => i));
    expect(percentileAmong(quantiles, 250)).toBeCloseTo(25, 10);
    expect(percentileAmong(quantiles, 255)).toBeCloseTo(25.5, 10);
    expect(percentileAmong(quantiles, -1)).toBe(0);
    expect(percentileAmong(quantiles, 5_000)).toBe(100);
    const ties = quantilesOf(Float64Array.from({ length: 1001 }, (_, i) => Math.max(0, i - 400)));
    expect(percentileAmong(ties, 0)).toBeCloseTo(20, 10);
  });
});

describe('compareWithChampion', () => {
  const outOfFold = ({ folds, winner }: Evaluation) => ({ from: folds[0].test.from, losses: winner.losses });
  it('uses only rows whose bars open after every label of the champion was known', async () => {
    const definition = modelNamed('price_predictor');
    const run = { ...options, candidates: candidate('intervals') };
    const cut = frame.ts.findIndex((time) => time > frame.ts[0] + 550 * 60e6);
    const champion = (await evaluateModel(definition, rowsBetween(frame, 0, cut), run)).trained;
    const evaluation = await evaluateModel(definition, frame, run);
    const comparison = compareWithChampion(outOfFold(evaluation), frame, champion);
    const unseen = Array.from(frame.ts.keys()).filter((row) => frame.ts[row] >= champion.until + 3 * 60e6);
    expect(comparison.rows).toBe(unseen.length);
    const target = column(frame, 'label_log_return');
    const predictions = predictRows(champion, frame);
    const pinball = (of: Float64Array, at: number, came: number) =>
      [0.05, 0.25, 0.5, 0.75, 0.95].reduce((sum, level, k) => {
        const quantile = of[6 * at + k];
        return sum + (came < quantile ? (1 - level) * (quantile - came) : level * (came - quantile)) / 5;
      }, 0);
    const loss = unseen.reduce((sum, row) => sum + pinball(predictions, row, target[row]), 0) / unseen.length;
    expect(comparison.championLoss).toBeCloseTo(loss, 12);
    const own = evaluation.winner.predictions.subarray(-6 * unseen.length);
    const ownLoss = unseen.reduce((sum, row, i) => sum + pinball(own, i, target[row]), 0) / unseen.length;
    expect(comparison.loss).toBeCloseTo(ownLoss, 12);
    expect(compareWithChampion(outOfFold(evaluation), frame, evaluation.trained)).toMatchObject({ rows: 0, bars: 0 });
  });
});
