import { describe, expect, it } from 'vitest';
import { random } from '#lib/random.ts';
import { engineNamed } from '#models/engines.ts';
import { gammaEngine } from './engine.ts';

const task = { kind: 'regression' } as const;
const fitted = (columns: Float64Array[], target: Float64Array, parameters: Record<string, number> = {}) =>
  gammaEngine.fit(columns, target, { task, parameters, seed: 1, workers: 1 });

const { normal, uniform } = random(7, 1);
const rows = 900;
const columns = Array.from({ length: 5 }, (_, c) => Float64Array.from({ length: rows }, () => c + (c + 1) * normal()));
/** Of mean exp(1 + 0.4 a − 0.3 b) in deviations of these columns, exponentially distributed, a fifth of them 0. */
const meanAt = (row: number) => Math.exp(1 + 0.4 * columns[0][row] - 0.15 * (columns[1][row] - 1));
const target = Float64Array.from({ length: rows }, (_, row) =>
  uniform() < 0.2 ? 0 : -1.25 * meanAt(row) * Math.log(1 - uniform()),
);

/** The columns in their deviations, by a second implementation. */
function standardised(values: Float64Array, clip: number): number[] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
  return Array.from(values, (v) => Math.min(clip, Math.max(-clip, (v - mean) / deviation)));
}

/** Minimises by trying steps along each coordinate and halving them: slow, and unlike what it checks. */
function bruteForce(objective: (w: number[]) => number, size: number): number[] {
  const w = new Array<number>(size).fill(0);
  for (let step = 1; step > 1e-10; ) {
    let moved = false;
    for (let i = 0; i < size; i++) {
      for (const sign of [1, -1]) {
        const before = objective(w);
        w[i] += sign * step;
        if (objective(w) < before) moved = true;
        else w[i] -= sign * step;
      }
    }
    if (!moved) step /= 2;
  }
  return w;
}

/** The linear predictors at the optimum that brute force finds. */
function slowly(columns: Float64Array[], target: Float64Array, ridge: number, clip: number): number[] {
  const z = columns.map((values) => standardised(values, clip));
  const score = (w: number[], row: number) => w[z.length] + z.reduce((sum, values, c) => sum + w[c] * values[row], 0);
  const objective = (w: number[]) => {
    const penalty = (ridge / 2) * target.length * w.slice(0, -1).reduce((sum, value) => sum + value ** 2, 0);
    return target.reduce((sum, y, row) => sum + y * Math.exp(-score(w, row)) + score(w, row), penalty);
  };
  const best = bruteForce(objective, z.length + 1);
  return Array.from(target, (_, row) => score(best, row));
}

describe('a gamma regression', () => {
  it('predicts the mean of each of two groups, zeros and all', async () => {
    // Means 1 and 5: with one column of two values the score equations ask for just these.
    const group = Float64Array.of(0, 0, 0, 1, 1);
    const model = await fitted([group], Float64Array.of(0, 1, 2, 4, 6), { ridge: 1e-13 });
    for (const [row, mean] of [1, 1, 1, 5, 5].entries()) expect(model.predict([group])[row]).toBeCloseTo(mean, 8);
  });

  it.each([0.001, 0.3])('finds the optimum that brute force finds, at a ridge of %d', async (ridge) => {
    const [few, some] = [columns.slice(0, 2).map((values) => values.slice(0, 60)), target.slice(0, 60)];
    const predicted = (await fitted(few, some, { ridge, clip: 1.5 })).predict(few);
    for (const [row, score] of slowly(few, some, ridge, 1.5).entries())
      expect(Math.log(predicted[row])).toBeCloseTo(score, 6);
  });

  it('finds it where whole steps would lead ever further away', async () => {
    // The target is large where the column is far out on either side: the curvature there is ten times the expected one.
    const ends = Float64Array.from({ length: 100 }, (_, row) => (row < 5 ? -1 : row < 10 ? 1 : 0));
    const large = ends.map((value) => (value === 0 ? 0 : 10 + 2 * value));
    const predicted = (await fitted([ends], large, { ridge: 1e-4 })).predict([ends]);
    for (const [row, score] of slowly([ends], large, 1e-4, 4).entries())
      expect(Math.log(predicted[row])).toBeCloseTo(score, 6);
  });

  it('comes near what its rows were drawn from', async () => {
    const many = Array.from({ length: 2 }, () => Float64Array.from({ length: 20_000 }, normal));
    const drawn = many[0].map((a, row) => Math.exp(0.5 * a - 0.2 * many[1][row] - 6) * -Math.log(1 - uniform()));
    const model = await fitted(many, drawn, { ridge: 1e-9 });
    const at = (a: number, b: number) => Math.log(model.predict([Float64Array.of(a), Float64Array.of(b)])[0]);
    expect(at(0, 0)).toBeCloseTo(-6, 1);
    expect(at(1, 0) - at(0, 0)).toBeCloseTo(0.5, 1);
    expect(at(0, 1) - at(0, 0)).toBeCloseTo(-0.2, 1);
    // Of two normal columns and no other the shares are those of the weights.
    expect(model.importance[0]).toBeCloseTo(5 / 7, 1);
  });

  it('shrinks to the mean of the target as its penalty grows', async () => {
    const mean = target.reduce((a, b) => a + b, 0) / rows;
    const predicted = (await fitted(columns, target, { ridge: 1e9 })).predict(columns);
    for (const value of predicted) expect(value / mean).toBeCloseTo(1, 6);
  });

  it('bears equal and constant columns, and freak values in a prediction', async () => {
    const twins = [...columns, columns[0], new Float64Array(rows).fill(0.1)];
    const model = await fitted(twins, target);
    expect(model.importance[0]).toBeCloseTo(model.importance[5], 10);
    expect(model.importance[6]).toBe(0);
    const seen = model.predict(twins);
    for (const freak of [1e300, -1e300, Number.POSITIVE_INFINITY]) {
      const [value] = model.predict(twins.map(() => Float64Array.of(freak)));
      expect(value).toBeGreaterThanOrEqual(Math.min(...seen));
      expect(value).toBeLessThanOrEqual(Math.max(...seen));
    }
  });

  it('does not depend on the unit of the target', async () => {
    const small = (await fitted(columns, target)).predict(columns);
    const large = (
      await fitted(
        columns,
        target.map((value) => 1e9 * value),
      )
    ).predict(columns);
    for (const [row, value] of large.entries()) expect(value / small[row] / 1e9).toBeCloseTo(1, 12);
  });

  it('predicts the same after JSON and after its packed form, bit for bit', async () => {
    const model = await fitted(columns, target);
    const { header, arrays } = model.pack();
    const read = [
      gammaEngine.load(JSON.parse(JSON.stringify(model.toJSON()))),
      engineNamed('gamma').unpack({ header: JSON.parse(JSON.stringify(header)), arrays }),
    ];
    for (const each of read) {
      expect(each.predict(columns)).toEqual(model.predict(columns));
      expect(each.importance).toEqual(model.importance);
    }
    expect(() => gammaEngine.load({ format: 'tickforest-linear-1' })).toThrow(/not a gamma regression/);
    expect(() => model.predict(columns.slice(1))).toThrow('fitted on 5 columns and is given 4');
  });

  it('gives permuted predictions as if the columns were exchanged by hand', async () => {
    const model = await fitted(columns, target);
    const source = Uint32Array.from({ length: rows }, () => Math.floor(rows * uniform()));
    const groupOf = Int32Array.of(0, 1, 0, -1, 1);
    const permuted = model.permuted(columns, groupOf, 3, source);
    for (const group of [0, 1]) {
      const exchanged = columns.map((values, c) =>
        groupOf[c] === group ? values.map((_, row) => values[source[row]]) : values,
      );
      const expected = model.predict(exchanged);
      expect(permuted[group]).not.toEqual(model.predict(columns));
      for (const [row, value] of permuted[group].entries()) expect(value / expected[row]).toBeCloseTo(1, 10);
    }
    expect(permuted[2]).toEqual(model.predict(columns));
  });
});

describe('the engine gamma refuses', () => {
  const fit = { task, parameters: {}, seed: 1, workers: 1 };
  it.each([
    ['classes', { ...fit, task: { kind: 'classes', classes: 2 } as const }, target, /numbers, not classes/],
    ['weights of rows', { ...fit, weights: target }, target, /takes no weights/],
    ['weights of classes', { ...fit, classWeights: [1, 2] }, target, /takes no weights/],
    ['a target below 0', fit, target.with(3, -1e-9), /0 or more, and the target of row 3 is -1e-9/],
    ['a target that is no number', fit, target.with(5, Number.NaN), /the target of row 5 is NaN/],
    ['an infinite target', fit, target.with(5, Number.POSITIVE_INFINITY), /the target of row 5 is Infinity/],
    ['a target of zeros alone', fit, new Float64Array(rows), /0 in every row/],
    ['a ridge of 0', { ...fit, parameters: { ridge: 0 } }, target, /engine gamma are wrong at ridge/],
  ])('%s', async (_, options, of, message) => {
    const error = await gammaEngine.fit(columns, of, options).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'UserError', message: expect.stringMatching(message) });
  });

  it('to go on without end where the optimum is out of reach, and says what to change', async () => {
    // One column tells all that is 0 from what is not: only the penalty holds its weight.
    const tells = Float64Array.from({ length: 50 }, (_, row) => row % 2);
    const running = fitted([tells], tells, { ridge: 1e-300 });
    await expect(running).rejects.toMatchObject({ name: 'UserError', remedy: expect.stringMatching(/Raise .* ridge/) });
  });

  it('to begin when it was called off before, and stops between its steps', async () => {
    const reason = new Error('no longer wanted');
    const run = (signal: AbortSignal) => gammaEngine.fit(columns, target, { ...fit, signal });
    await expect(run(AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const running = run(controller.signal);
    setImmediate(() => controller.abort(reason));
    await expect(running).rejects.toBe(reason);
  });
});
