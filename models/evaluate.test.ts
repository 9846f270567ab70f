import { describe, expect, it } from 'vitest';
import { column, type Frame } from '#lib/frame.ts';
import type { Candidate } from './candidate.ts';
import { catalogue, modelNamed } from './catalogue.ts';
import type { ModelDefinition } from './definition.ts';
import { evaluateModel } from './evaluate.ts';
import { plantedFrame } from './fixtures/planted_frame.ts';
import { returnRegression } from './fixtures/return_regression.ts';
import { rowsBetween } from './frame_rows.ts';
import { gate } from './promotion_gate.ts';
import { shuffleLabels } from './shuffle_labels.ts';
import { widthOf } from './task.ts';

const options = { horizon: 2, barMicros: 60e6, folds: 5, seed: 3 };
const small: Candidate[] = [
  { name: 'forest', engine: 'forest', parameters: { trees: 20, depth: 5, minLeaf: 20, featuresPerSplit: 5 } },
  { name: 'linear', engine: 'linear', parameters: { ridge: 0.05 } },
];
const intervals: Candidate[] = [{ name: 'intervals', engine: 'intervals', parameters: {} }];
const candidatesOf = ({ task }: ModelDefinition) => (task.kind === 'quantiles' ? intervals : small);
const planted = plantedFrame({ bars: 700, seed: 1, strength: 0.8 });

function withColumn(frame: Frame, name: string, values: Float64Array): Frame {
  return { ...frame, columns: new Map(frame.columns).set(name, values) };
}

describe.each(catalogue.map((definition) => [definition.name, definition] as const))('%s', (_, definition) => {
  it('has skill where a relation was planted', async () => {
    const evaluation = await evaluateModel(definition, planted, { ...options, candidates: candidatesOf(definition) });
    const { winner } = evaluation;
    // The pinball loss of the very quantiles that were planted is only a few percent lower.
    expect(winner.skill).toBeGreaterThan(definition.task.kind === 'quantiles' ? 0.01 : 0.02);
    expect(winner.pValue).toBeLessThan(0.05);
    expect(winner.constant).toBe(false);
    expect(winner.loss).toBe(Math.min(...evaluation.candidates.map(({ loss }) => loss)));
    const noise = ['noise_1', 'noise_2', 'noise_3', 'noise_4'].map((name) => evaluation.importance.gain[name]);
    const { gain, permutation } = evaluation.importance;
    expect(gain.drift_hint + gain.volatility_hint).toBeGreaterThan(Math.max(...noise));
    const lost = (name: string) => permutation[name].mean;
    expect(lost('drift_hint') + lost('volatility_hint')).toBeGreaterThan(5 * lost('noise_1'));
  });

  it('has none once the labels are shuffled', async () => {
    const { candidates } = await evaluateModel(definition, shuffleLabels(planted, 8), {
      ...options,
      candidates: candidatesOf(definition),
    });
    for (const { pValue, skill } of candidates) {
      expect(pValue).toBeGreaterThan(0.05);
      expect(skill).toBeLessThan(0.02);
    }
  });
});

describe('evaluateModel', () => {
  it.each([
    ['numbers', returnRegression],
    ['quantiles', modelNamed('price_predictor')],
  ])('cannot be influenced in %s by what comes after a fold has been trained', async (_, definition) => {
    const run = { ...options, candidates: candidatesOf(definition) };
    const before = await evaluateModel(definition, planted, run);
    const [first, second] = before.folds;
    // Every label that is not known when the first test part begins is replaced, and so is every feature after it.
    const unknown = (row: number) => planted.ts[row] + 3 * 60e6 > first.testFrom;
    const columns = new Map(
      [...planted.columns].map(([name, values]) => {
        const from = name.startsWith('label_') ? unknown : (row: number) => row >= second.test.from;
        return [name, values.map((value, row) => (from(row) ? -value + 1 / (row + 1) : value))];
      }),
    );
    const after = await evaluateModel(definition, { ...planted, columns }, run);
    const rows = (first.test.until - first.test.from) * widthOf(definition.task);
    for (const [i, { predictions }] of before.candidates.entries()) {
      expect(after.candidates[i].predictions.subarray(0, rows)).toEqual(predictions.subarray(0, rows));
    }
  });

  it('gives each metric beside the baseline, pooled, by fold, symbol and regime', async () => {
    const definition = modelNamed('momentum_classifier');
    const seen: string[] = [];
    const onProgress = (done: number, total: number, what: string) => seen.push(`${done}/${total} ${what}`);
    const { winner, candidates, folds } = await evaluateModel(definition, planted, {
      ...options,
      candidates: small,
      onProgress,
    });
    const losses = winner.metrics.filter(({ metric }) => metric === 'loss');
    const pooled = losses.find(({ fold, symbol, regime }) => fold === -1 && !symbol && !regime);
    expect(pooled?.value).toBeCloseTo(winner.loss, 12);
    expect(pooled?.baseline).toBeCloseTo(winner.baselineLoss, 12);
    expect(losses.filter(({ fold, split }) => fold >= 0 && split === 'test')).toHaveLength(5);
    expect(losses.filter(({ split }) => split === 'train')).toHaveLength(5);
    expect(losses.filter(({ symbol }) => symbol)).toHaveLength(3);
    expect(losses.filter(({ regime }) => regime).map(({ regime }) => regime)).toEqual([
      'neutral',
      'ranging',
      'trending_down',
      'trending_up',
      'volatile',
    ]);
    // The folds' losses, weighted by rows, are the pooled loss: no row is lost or counted twice.
    const weighted = losses.filter(({ fold, split }) => fold >= 0 && split === 'test');
    const sum = weighted.reduce(
      (total, { value, fold }) => total + value * (folds[fold].test.until - folds[fold].test.from),
      0,
    );
    expect(sum / (planted.rows - folds[0].test.from)).toBeCloseTo(winner.loss, 12);
    const metric = (name: string) => winner.metrics.find((row) => row.metric === name && row.fold === -1);
    expect(metric('accuracy_vs_next_return_zero')?.baseline).toBeGreaterThan(
      metric('accuracy_vs_majority')?.baseline ?? 1,
    );
    expect(metric('p_value')?.value).toBe(winner.pValue);
    expect(winner.pValue).toBeGreaterThanOrEqual(winner.uncorrectedPValue);
    expect(Object.keys(winner.calibration)).toEqual(definition.classNames);
    expect(seen).toHaveLength(12);
    expect(seen[11]).toMatch(/^12\/12 /);
    for (const { metrics } of candidates) {
      for (const { value, baseline } of metrics) {
        expect(Number.isFinite(value) && (baseline === null || Number.isFinite(baseline))).toBe(true);
      }
    }
  });

  it('is judged by the largest p-value of the block lengths, and by its costs', async () => {
    // Three fifths of it are tested: five blocks of 240 bars, but not five of 1,440.
    const long = plantedFrame({ bars: 2_100, seed: 2, strength: 0.04 });
    const run = { ...options, candidates: intervals, feeBp: 6 };
    const { winner } = await evaluateModel(modelNamed('price_predictor'), long, run);
    const metric = (name: string) => winner.metrics.find((row) => row.metric === name && row.fold === -1)?.value;
    for (const [name, pValue] of [
      ['p_value', winner.uncorrectedPValue],
      ['p_value_without_best_symbol', winner.withoutBest?.pValue],
    ] as const) {
      const each = [60, 240, 1_440].map((block) => metric(`${name}_block_${block}`));
      expect(each[2]).toBeUndefined();
      expect(each[0]).not.toBe(each[1]);
      expect(pValue).toBe(Math.max(each[0]!, each[1]!));
    }
    expect(winner.tradability).toEqual({ breakEven: metric('break_even_bp'), cost: expect.closeTo(6, 6) });
    expect(metric('spread_net_bp')).toBeCloseTo(metric('spread_gross_bp')! - 4 * 6, 6);
  });

  it('sees a predictor that never varies, which the gate then stops', async () => {
    const stump = [{ name: 'stump', engine: 'linear', parameters: { ridge: 1e15 } }];
    const { winner } = await evaluateModel(returnRegression, planted, { ...options, candidates: stump });
    expect(winner.constant).toBe(true);
    const decision = gate(
      {
        ...winner,
        skill: 0.1,
        pValue: 0.01,
        withoutBest: null,
        withoutCoarse: null,
        simulated: false,
        shuffled: false,
        excludedShare: 0,
      },
      null,
    );
    expect(decision).toEqual({ passes: false, reasons: ['its predictions are constant'] });
  });
});

describe('bad input', () => {
  const direction = modelNamed('direction_predictor');
  const run = (frame: Frame, more = {}) => evaluateModel(direction, frame, { ...options, candidates: small, ...more });

  it('is named, in one sentence with a remedy', async () => {
    const rows = planted.rows;
    const features = [...planted.columns.keys()].filter((name) => !name.startsWith('label_'));
    const constant = { ...planted, columns: new Map(planted.columns) };
    for (const name of features) constant.columns.set(name, new Float64Array(rows).fill(2));
    const holed = column(planted, 'noise_2').map((value, row) => (row === 40 ? Number.NaN : value));
    const late = column(planted, 'label_up').map((value, row) => (row < rows / 2 ? 1 : value));
    const cases: [Promise<unknown>, RegExp][] = [
      [run(rowsBetween(planted, 0, 0)), /no row to train direction_predictor on/],
      [run(rowsBetween(planted, 0, 60)), /bars in time, and 5 folds .* need at least/],
      [run(rowsBetween(planted, 0, 900)), /p-value at a horizon of 2 needs at least 300/],
      [run(constant), /features are constant/],
      [run(withColumn(planted, 'label_up', new Float64Array(rows))), /only the class not up in the training window/],
      [run(withColumn(planted, 'label_up', late)), /only the class up in the training part of fold 1/],
      [run(withColumn(planted, 'noise_2', holed)), /noise_2 of PLANTED\d-USDT is not finite at 1970-01-01T05/],
      [run(planted, { candidates: undefined, engines: ['boosting'] }), /no engine boosting/],
    ];
    for (const [attempt, message] of cases) {
      await expect(attempt).rejects.toThrow(message);
      await expect(attempt).rejects.toHaveProperty('remedy', expect.any(String));
    }
    expect(() => modelNamed('oracle')).toThrow(/no model oracle/);
  });
});
