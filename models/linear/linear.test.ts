import { Matrix, solve } from 'ml-matrix';
import { MultivariateLinearRegression } from 'ml-regression';
import { describe, expect, it } from 'vitest';
import { createRandom } from '#models/forest/random.ts';
import { linearEngine } from './engine.ts';
import { type Blocks, blocksOf, fitScaler } from './scaler.ts';

const random = createRandom(42, 0);
const normal = () => Array.from({ length: 12 }, () => random.next() / 2 ** 32).reduce((a, b) => a + b, -6);
const columns = Array.from({ length: 4 }, (_, c) =>
  Float64Array.from({ length: 300 }, () => 10 * c + (c + 1) * normal()),
);
const noise = Float64Array.from({ length: 300 }, normal);
const target = noise.map((e, i) => 3 + 2 * columns[0][i] - columns[1][i] + 0.5 * columns[3][i] + e);
const regression = { task: { kind: 'regression' }, seed: 1, workers: 1 } as const;
const uncut = 1e9;

describe('ridge', () => {
  it('tends to least squares as its penalty goes to 0', async () => {
    const model = await linearEngine.fit(columns, target, { ...regression, parameters: { ridge: 1e-12, clip: uncut } });
    const rows = new Matrix(Array.from(target, (_, i) => columns.map((values) => values[i])));
    const y = new Matrix(Array.from(target, (value) => [value]));
    const expected = new MultivariateLinearRegression(rows, y, { statistics: false }).predict(rows).to1DArray();
    model.predict(columns).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 6);
    });
  });

  it('equals least squares with √(ridge n) rows added for the penalty', async () => {
    const ridge = 0.3;
    const n = target.length;
    const model = await linearEngine.fit(columns, target, { ...regression, parameters: { ridge, clip: uncut } });
    const scaled = columns.map((values) => {
      const mean = values.reduce((a, b) => a + b, 0) / n;
      const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n);
      return values.map((v) => (v - mean) / deviation);
    });
    const rows = Array.from(target, (_, i) => [...scaled.map((z) => z[i]), 1]);
    const penalty = scaled.map((_, c) => [...scaled.map((__, d) => (c === d ? Math.sqrt(ridge * n) : 0)), 0]);
    const solution = solve(new Matrix([...rows, ...penalty]), Matrix.columnVector([...target, 0, 0, 0, 0]), true);
    const expected = new Matrix(rows).mmul(solution).to1DArray();
    model.predict(columns).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 8);
    });
  });

  it('gives a column that is constant in training no weight, whatever it does later', async () => {
    const constant = new Float64Array(300).fill(0.1);
    const model = await linearEngine.fit([...columns, constant], target, { ...regression, parameters: {} });
    expect(model.importance[4]).toBe(0);
    const later = constant.map((_, i) => i);
    expect(model.predict([...columns, later])).toEqual(model.predict([...columns, constant]));
  });

  it('bears two equal columns, and one freak value in a prediction', async () => {
    const model = await linearEngine.fit([...columns, columns[0]], target, { ...regression, parameters: {} });
    expect(model.importance[0]).toBeCloseTo(model.importance[4], 12);
    const freak = [...columns, columns[0]].map((values) => values.slice(0, 1));
    freak[0][0] = 1e12;
    freak[4][0] = 1e12;
    expect(Math.abs(model.predict(freak)[0])).toBeLessThan(50);
  });

  it('takes the logarithm of a lognormal column, and bears a 0 there later', async () => {
    const logs = Float64Array.from({ length: 300 }, normal);
    const model = await linearEngine.fit([logs.map(Math.exp)], logs, { ...regression, parameters: { ridge: 1e-9 } });
    const [low, high] = model.predict([Float64Array.of(Math.exp(-1), Math.exp(1.5))]);
    expect(low).toBeCloseTo(-1, 6);
    expect(high).toBeCloseTo(1.5, 6);
    expect(model.predict([Float64Array.of(0, -1)]).every(Number.isFinite)).toBe(true);
  });
});

describe('ridge logistic', () => {
  const x = Float64Array.of(-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5);
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const deviation = Math.sqrt(x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length);
  const z = x.map((v) => (v - mean) / deviation);
  const ridge = 0.1;

  /** Minimises by trying steps along each coordinate and halving them: slow, and unlike what it checks. */
  function bruteForce(objective: (w: number[]) => number, size: number): number[] {
    const w = new Array<number>(size).fill(0);
    for (let step = 1; step > 1e-9; ) {
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

  it.each([
    [2, [0, 0, 1, 0, 0, 1, 1, 0, 1, 1]],
    [3, [0, 0, 1, 0, 2, 1, 2, 2, 1, 2]],
  ])('of %i classes finds the optimum that brute force finds', async (classes, labels) => {
    const probabilities = (w: number[], row: number) => {
      const scores = Array.from({ length: classes }, (_, k) => Math.exp(w[2 * k] * z[row] + w[2 * k + 1]));
      const sum = scores.reduce((a, b) => a + b, 0);
      return scores.map((score) => score / sum);
    };
    const objective = (w: number[]) => {
      const penalty = Array.from({ length: classes }, (_, k) => w[2 * k] ** 2).reduce((a, b) => a + b, 0);
      const losses = labels.map((label, row) => -Math.log(probabilities(w, row)[label]));
      // The last term picks one of the equal solutions that differ by a common intercept.
      const common = Array.from({ length: classes }, (_, k) => w[2 * k + 1]).reduce((a, b) => a + b, 0) ** 2;
      return losses.reduce((a, b) => a + b, 0) + ((ridge * x.length) / classes / 2) * penalty + common;
    };
    const best = bruteForce(objective, 2 * classes);
    const task = { kind: 'classes', classes } as const;
    const model = await linearEngine.fit([x], Float64Array.from(labels), {
      task,
      parameters: { ridge },
      seed: 1,
      workers: 1,
    });
    const expected = Array.from(x.keys()).flatMap((row) => probabilities(best, row));
    model.predict([x]).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 4);
    });
  });

  it('predicts the same after JSON, bit for bit', async () => {
    const labels = target.map((value) => (value > 20 ? 1 : 0));
    const options = { task: { kind: 'classes', classes: 2 }, parameters: {}, seed: 1, workers: 1 } as const;
    const model = await linearEngine.fit(columns, labels, options);
    const loaded = linearEngine.load(JSON.parse(JSON.stringify(model.toJSON())));
    expect(loaded.predict(columns)).toEqual(model.predict(columns));
    expect(loaded.importance).toEqual(model.importance);
  });
});

it('standardises the same whether it keeps the blocks or makes them anew for each pass', () => {
  const wide = columns.map((values) =>
    Float64Array.from({ length: 1_300 }, (_, row) => Math.exp(values[row % 300] / 9)),
  );
  const scaler = fitScaler(wide, 3);
  expect(scaler.log).toContain(true);
  const pass = (blocks: Blocks) => {
    const seen: unknown[] = [];
    blocks((block, start, rows) => seen.push([start, rows, block.map((values) => values.slice(0, rows))]));
    return seen;
  };
  const [kept, anew] = [blocksOf(wide, scaler), blocksOf(wide, scaler, 0)];
  expect(pass(kept)).toHaveLength(3);
  for (const blocks of [kept, anew, kept]) expect(pass(blocks)).toEqual(pass(anew));
});

it('names a parameter that is wrong', async () => {
  const fit = linearEngine.fit(columns, target, { ...regression, parameters: { ridge: -1 } });
  await expect(fit).rejects.toThrow(/engine linear are wrong at ridge/);
});
