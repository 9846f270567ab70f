import { Matrix, QrDecomposition } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { column, type Frame } from '#lib/frame.ts';
import { random } from '#lib/random.ts';
import type { SavedBaseline } from '#models/baseline.ts';
import { modelNamed } from '#models/catalogue.ts';
import { besidesOf, fitBaselines, loadBaselines, saveBaselines } from '#models/fitted_baselines.ts';
import { plantedFrame } from '#models/fixtures/planted_frame.ts';
import { rowsBetween } from '#models/frame_rows.ts';
import { trailingRange } from './trailing_range.ts';

const names = ['log_parkinson_5', 'log_parkinson_20', 'log_parkinson_60', 'log_parkinson_240'];
const context = { horizon: 2, barMicros: 60e6 };
const model = modelNamed('volatility_regressor');
const bits = (values: Float64Array) => new BigUint64Array(values.slice().buffer);

/** Ranges that go with one another, as those of nested spells do, and a target that follows them but for noise. */
function ranged(): Frame {
  const frame = plantedFrame({ bars: 700, seed: 6, strength: 0.5 });
  const { normal } = random(6);
  const level = Float64Array.from({ length: frame.rows }, () => -7 + normal() / 2);
  const columns = new Map(frame.columns);
  for (const name of names)
    columns.set(
      name,
      level.map((value) => value + normal() / 10),
    );
  columns.set(
    model.target,
    level.map((value) => 0.8 * value - 1 + normal() / 5),
  );
  return { ...frame, columns };
}

describe('the trailing range', () => {
  const frame = ranged();
  const baseline = trailingRange(model.target);
  const [train, rest] = [rowsBetween(frame, 0, 1_500), rowsBetween(frame, 1_500, frame.rows)];
  const fitted = baseline.fit(train, context);

  // By Householder's reflections of the rows; ours solves the normal equations by singular values.
  it('is least squares with an intercept on the logs of four ranges', () => {
    const design = ({ rows, columns }: Frame) =>
      new Matrix(Array.from({ length: rows }, (_, row) => [...names.map((name) => columns.get(name)![row]), 1]));
    const weights = new QrDecomposition(design(train)).solve(Matrix.columnVector(column(train, model.target)));
    const expected = design(rest).mmul(weights).to1DArray();
    expect(fitted.parameters.weights).toHaveLength(5);
    for (const [i, weight] of (fitted.parameters.weights as number[]).entries())
      expect(weight).toBeCloseTo(weights.get(i, 0), 8);
    expect(fitted.predict(rest)).toHaveLength(rest.rows);
    for (const [row, value] of fitted.predict(rest).entries()) expect(value).toBeCloseTo(expected[row], 9);
  });

  it('goes by its own name and reads the ranges alone', () => {
    expect([baseline.name, fitted.name]).toEqual(['trailing_range', 'trailing_range']);
    expect(baseline.needs).toEqual(names);
    expect(fitted.reads).toEqual(names);
    const columns = new Map(names.map((name) => [name, column(rest, name)]));
    expect(bits(fitted.predict({ ...rest, columns }))).toEqual(bits(fitted.predict(rest)));
  });

  it('predicts the same bit for bit once it was read back', () => {
    const saved = JSON.parse(JSON.stringify({ name: fitted.name, parameters: fitted.parameters })) as SavedBaseline;
    const loaded = baseline.load(saved);
    expect(loaded).toMatchObject({ name: fitted.name, reads: fitted.reads, parameters: fitted.parameters });
    expect(bits(loaded.predict(rest))).toEqual(bits(fitted.predict(rest)));
  });

  it('stands beside the baseline of volatility where a frame has the ranges, and is left out where it lacks one', () => {
    expect(besidesOf(model, frame).map(({ name }) => name)).toContain('trailing_range');
    for (const missing of names) {
      const columns = new Map(frame.columns);
      columns.delete(missing);
      const without = { ...frame, columns };
      expect(besidesOf(model, without).map(({ name }) => name)).not.toContain('trailing_range');
      const all = fitBaselines(model, without, context);
      expect(Object.keys(all)).not.toContain('trailing_range');
      // What was saved without it is read back without it.
      expect(Object.keys(loadBaselines(model, saveBaselines(all)))).toEqual(Object.keys(all));
    }
  });
});
