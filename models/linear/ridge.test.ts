import { describe, expect, it } from 'vitest';
import { createRandom } from '#models/forest/random.ts';
import { innerSplit, walkForward } from '#models/validation/walk_forward.ts';
import { fitChosenRidge, fitRidge, penalties } from './ridge.ts';
import { fitScaler } from './scaler.ts';

const random = createRandom(5, 0);
const normal = () => Array.from({ length: 12 }, () => random.next() / 2 ** 32).reduce((a, b) => a + b, -6);
const minute = 60e6;
const symbols = 2;

/** Two symbols, so many bars; a target that the columns foretell with this strength. */
function data(bars: number, strength: number, width = 12) {
  const rows = bars * symbols;
  const columns = Array.from({ length: width }, () => Float64Array.from({ length: rows }, normal));
  const target = Float64Array.from({ length: rows }, (_, row) => strength * columns[0][row] + normal());
  const ts = Float64Array.from({ length: rows }, (_, row) => Math.floor(row / symbols) * minute);
  return { columns, target, time: { ts, horizon: 3, barMicros: minute }, scaler: fitScaler(columns, 4) };
}

describe('a penalty that is chosen', () => {
  it.each([0.02, 0.3, 2])('is that of the lowest loss on later rows, found by plain fits; strength %d', (strength) => {
    const { columns, target, time, scaler } = data(400, strength);
    const standard = columns.map((values, c) =>
      values.map((value) => Math.min(4, Math.max(-4, (value - scaler.mean[c]) * scaler.factor[c]))),
    );
    const losses = penalties.map((ridge) => {
      let loss = 0;
      for (const { train, test } of walkForward(time.ts, { ...time, ...innerSplit })) {
        const part = columns.map((values) => values.subarray(train.from, train.until));
        const w = fitRidge(part, target.subarray(train.from, train.until), scaler, ridge);
        for (let row = test.from; row < test.until; row++) {
          const said = standard.reduce((sum, values, c) => sum + w[c] * values[row], w[columns.length]);
          loss += (target[row] - said) ** 2;
        }
      }
      return loss;
    });
    const { ridge, weights } = fitChosenRidge(columns, target, scaler, time, 0.05);
    expect(ridge).toBe(penalties[losses.indexOf(Math.min(...losses))]);
    const plain = fitRidge(columns, target, scaler, ridge);
    for (const [i, weight] of weights.entries()) expect(weight).toBeCloseTo(plain[i], 10);
  });

  it('is high where nothing is to be found and low where much is', () => {
    const of = (strength: number) => {
      const { columns, target, time, scaler } = data(300, strength, 60);
      return fitChosenRidge(columns, target, scaler, time, 0.05).ridge;
    };
    expect(of(0)).toBeGreaterThanOrEqual(3);
    expect(of(3)).toBeLessThanOrEqual(0.01);
  });

  it('is the given one where there are too few bars to choose', () => {
    const { columns, target, time, scaler } = data(20, 1);
    expect(fitChosenRidge(columns, target, scaler, time, 0.05).ridge).toBe(0.05);
  });
});
