import { describe, expect, it } from 'vitest';
import type { FitOptions } from '#models/engine.ts';
import { engineNamed } from '#models/engines.ts';
import { createRandom } from '#models/forest/random.ts';
import { readPacked, writePacked } from '#models/packed.ts';
import { regimes } from './regimes.ts';

// Regimes 0 … 3 with a slope of their own; regime 4 has too few rows.
const rows = 1_240;
const random = createRandom(3, 0);
const uniform = () => random.below(1 << 20) / (1 << 20);
const regime = Float64Array.from({ length: rows }, (_, row) => (row % 31 === 0 ? 4 : row % 4));
const x = Float64Array.from({ length: rows }, uniform);
const noise = Float64Array.from({ length: rows }, uniform);
const target = x.map((value, row) => (regime[row] - 1.5) * value);
const columns = [noise, regime, x];
const features = ['noise', 'regime_type', 'x'];
const regression: FitOptions = {
  task: { kind: 'regression' },
  features,
  parameters: { regimeRows: 100, ridge: 1e-6 },
  seed: 1,
  workers: 1,
};
const byRegime = engineNamed('linear_by_regime');

const of = (values: Float64Array, wanted: number) => values.filter((_, row) => regime[row] === wanted);
const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('an engine by regime', () => {
  it('predicts each row by the model of its regime, which is one fitted on those rows alone', async () => {
    const fitted = await byRegime.fit(columns, target, regression);
    const predicted = fitted.predict(columns);
    for (const wanted of [0, 1, 2, 3]) {
      const alone = await engineNamed('linear').fit(
        columns.map((values) => of(values, wanted)),
        of(target, wanted),
        { ...regression, parameters: { ridge: 1e-6 } },
      );
      expect(of(predicted, wanted)).toEqual(alone.predict(columns.map((values) => of(values, wanted))));
    }
    const error = mean(predicted.map((value, row) => (value - target[row]) ** 2));
    const pooled = await engineNamed('linear').fit(columns, target, { ...regression, parameters: { ridge: 1e-6 } });
    expect(error).toBeLessThan(0.2 * mean(pooled.predict(columns).map((value, row) => (value - target[row]) ** 2)));
    // Too few rows, or rows whose target does not vary: the pooled model.
    expect(of(predicted, 4)).toEqual(of(pooled.predict(columns), 4));
  });

  it('takes the pooled model where a regime has one class alone', async () => {
    const classes = target.map((value, row) => (regime[row] === 2 ? 1 : Number(value > 0.1)));
    const options: FitOptions = { ...regression, task: { kind: 'classes', classes: 2 } };
    const fitted = await byRegime.fit(columns, classes, options);
    const pooled = await engineNamed('linear').fit(columns, classes, { ...options, parameters: { ridge: 1e-6 } });
    const both = pooled.predict(columns);
    const predicted = fitted.predict(columns);
    expect(predicted).toHaveLength(2 * rows);
    for (const [row, value] of regime.entries()) {
      if (value === 2) expect(predicted.subarray(2 * row, 2 * row + 2)).toEqual(both.subarray(2 * row, 2 * row + 2));
      expect(predicted[2 * row] + predicted[2 * row + 1]).toBeCloseTo(1, 12);
    }
  });

  const parametersOf: Record<string, Record<string, number>> = {
    forest_by_regime: { regimeRows: 100, trees: 8, depth: 4, minLeaf: 5 },
    linear_by_regime: { regimeRows: 100 },
  };

  it.each(Object.keys(parametersOf))('is saved in both forms: %s', async (name) => {
    const parameters = parametersOf[name];
    const engine = engineNamed(name);
    const fitted = await engine.fit(columns, target, { ...regression, parameters });
    const predicted = fitted.predict(columns);
    expect(new Set(predicted).size).toBeGreaterThan(20);
    expect(engine.load(JSON.parse(JSON.stringify(fitted.toJSON()))).predict(columns)).toEqual(predicted);
    expect(engine.unpack(readPacked(writePacked(fitted.pack()))).predict(columns)).toEqual(predicted);
    const total = fitted.importance.reduce((sum, share) => sum + share, 0);
    expect(total).toBeCloseTo(1, 12);
    expect(fitted.importance[2]).toBeGreaterThan(0.5);
  });

  it.each(Object.keys(parametersOf))('permutes as exchanged columns would predict: %s', async (name) => {
    const parameters = parametersOf[name];
    const fitted = await engineNamed(name).fit(columns, target, { ...regression, parameters });
    const source = Uint32Array.from({ length: rows }, () => random.below(rows));
    const permuted = fitted.permuted(columns, Int32Array.from([0, 1, 2]), 3, source);
    for (const [group, predictions] of permuted.entries()) {
      const exchanged = columns.map((values, c) =>
        c === group ? values.map((_, row) => values[source[row]]) : values,
      );
      const expected = fitted.predict(exchanged);
      for (const [i, value] of expected.entries()) expect(Math.abs(predictions[i] - value)).toBeLessThan(1e-9);
    }
    expect(permuted[2]).not.toEqual(fitted.predict(columns));
    expect(permuted[1]).not.toEqual(fitted.predict(columns));
  });

  it('needs to know the regime', async () => {
    await expect(byRegime.fit([noise, x], target, { ...regression, features: ['noise', 'x'] })).rejects.toThrow(
      /needs the feature regime_type, which the inputs lack/,
    );
    const odd = regime.with(7, 5);
    await expect(byRegime.fit([noise, odd, x], target, regression)).rejects.toThrow(/regime of row 7 is 5/);
    await expect(byRegime.fit(columns, target, { ...regression, parameters: { regimeRows: 0.5 } })).rejects.toThrow(
      /regimeRows/,
    );
    expect(regimes).toHaveLength(5);
  });
});
