import { expect, it } from 'vitest';
import { random } from '#lib/random.ts';
import { linearEngine } from './engine.ts';
import { ridgeOutOfBlock } from './out_of_block.ts';
import { fitRidge } from './ridge.ts';
import { fitScaler } from './scaler.ts';

const { normal } = random(9, 1);
const [rows, horizon, barMicros] = [800, 3, 60e6];
const columns = Array.from({ length: 5 }, () => Float64Array.from({ length: rows }, normal));
const target = Float64Array.from({ length: rows }, (_, row) => columns[0][row] - 2 * columns[1][row] + normal());
/** Two rows a bar. */
const ts = Float64Array.from({ length: rows }, (_, row) => Math.floor(row / 2) * barMicros);
const time = { ts, horizon, barMicros };

it('predicts each row by a ridge regression on the rows that are farther than horizon and embargo from its spell', () => {
  const predicted = ridgeOutOfBlock(columns, target, { ridge: 0.1, clip: 4 }, time);
  const scaler = fitScaler(columns, 4);
  for (const spell of [0, 1, 2, 3]) {
    const [first, last] = [100 * spell, 100 * spell + 99];
    // A label of the bar t is known at t + 4 bars; 3 bars more are left out.
    const others = Array.from(ts.keys()).filter((row) => {
      const bar = ts[row] / barMicros;
      return bar < first - 7 || bar > last + 7;
    });
    const of = (values: Float64Array) => Float64Array.from(others, (row) => values[row]);
    const weights = fitRidge(columns.map(of), of(target), scaler, 0.1);
    for (const row of [2 * first, 2 * last + 1, first + last]) {
      const z = columns.map((values, c) =>
        Math.max(-4, Math.min(4, (values[row] - scaler.mean[c]) * scaler.factor[c])),
      );
      expect(predicted[row]).toBeCloseTo(
        z.reduce((sum, value, c) => sum + weights[c] * value, weights[5]),
        8,
      );
    }
  }
});

it('cannot be influenced by the labels of a spell and of its neighbourhood', () => {
  const before = ridgeOutOfBlock(columns, target, { ridge: 0.1, clip: 4 }, time);
  const changed = target.map((value, row) => (ts[row] >= 93 * barMicros && ts[row] <= 206 * barMicros ? 50 : value));
  const after = ridgeOutOfBlock(columns, changed, { ridge: 0.1, clip: 4 }, time);
  const spell = (values: Float64Array) => values.subarray(200, 400);
  expect(spell(after)).toEqual(spell(before));
  expect(after.subarray(0, 200)).not.toEqual(before.subarray(0, 200));
});

it('tells a larger error than the fitted rows do', async () => {
  const noise = Array.from({ length: 200 }, () => Float64Array.from({ length: rows }, normal));
  const squares = (of: Float64Array) => of.reduce((sum, value, row) => sum + (value - target[row]) ** 2, 0) / rows;
  const fit = { task: { kind: 'regression' }, parameters: { ridge: 0.01 }, seed: 1, workers: 1 } as const;
  const inSample = squares(
    (await linearEngine.fit([...columns, ...noise], target, fit)).predict([...columns, ...noise]),
  );
  const out = squares(ridgeOutOfBlock([...columns, ...noise], target, { ridge: 0.01, clip: 4 }, time));
  // The noise in the target has the variance 1.
  expect(inSample).toBeLessThan(0.85);
  expect(out).toBeGreaterThan(1.1);
});

it('says when there are too few bars', () => {
  const few = { ...time, ts: ts.subarray(0, 16) };
  const short = columns.map((values) => values.subarray(0, 16));
  expect(() => ridgeOutOfBlock(short, target.subarray(0, 16), { ridge: 0.1, clip: 4 }, few)).toThrow(
    '8 bars are too few to fit intervals 3 bars ahead.',
  );
});
