import { Matrix } from 'ml-matrix';
import { MultivariateLinearRegression } from 'ml-regression';
import { gammaln } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import type { Frame } from '#lib/frame.ts';
import { createRandom } from '#models/forest/random.ts';
import { rowsBetween } from '#models/frame_rows.ts';
import { logLoss } from '#models/losses.ts';
import { meanOf } from '#models/validation/metrics.ts';
import { momentumClass } from './momentum_class.ts';
import { momentumClosedForm } from './momentum_closed_form.ts';

const context = { horizon: 4, barMicros: 60e6 };
/** The planted return is t-distributed with so many degrees, and so much wider than the forecast deviation. */
const planted = { degrees: 5, scale: 1.3 };

/** Bars of two symbols whose next return over four bars has a deviation that is known from the last ones. */
function market(bars: number, seed: number): Frame {
  const random = createRandom(seed, 0);
  const uniform = () => (random.next() + 0.5) / 2 ** 32;
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const student = () =>
    normal() /
    Math.sqrt(Array.from({ length: planted.degrees }, () => normal() ** 2).reduce((a, b) => a + b) / planted.degrees);
  const rows = Array.from({ length: 2 * bars }, () => {
    const log = -7 + normal() / 2;
    const unit = Math.exp(log) * Math.sqrt(context.horizon);
    const [last, band] = [2 * unit * normal(), unit / 3];
    const change = planted.scale * unit * student() - last;
    return {
      label_dev_5: log + 0.1 * normal(),
      label_dev_20: log + 0.1 * normal(),
      label_dev_60: log + 0.1 * normal(),
      label_dev_240: log + 0.1 * normal(),
      label_log_volatility: log,
      label_last_return: last,
      label_momentum_band: band,
      label_momentum_class: change > band ? 2 : change < -band ? 0 : 1,
    };
  });
  const names = Object.keys(rows[0]) as (keyof (typeof rows)[0])[];
  return {
    rows: rows.length,
    ts: Float64Array.from(rows, (_, i) => Math.floor(i / 2) * 60e6),
    symbols: ['A-USDT', 'B-USDT'],
    symbolOf: Uint16Array.from(rows, (_, i) => i % 2),
    columns: new Map(names.map((name) => [name, Float64Array.from(rows, (row) => row[name])])),
  };
}

/** By Simpson's rule over the density, which has nothing in common with the finite sums. */
function integrated(from: number, to: number, degrees: number, steps = 2_000): number {
  const density = (x: number) =>
    Math.exp(gammaln((degrees + 1) / 2) - gammaln(degrees / 2)) *
    (Math.PI * degrees) ** -0.5 *
    (1 + (x * x) / degrees) ** (-(degrees + 1) / 2);
  const width = (to - from) / steps;
  const weight = (i: number) => (i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2);
  return (
    (Array.from({ length: steps + 1 }, (_, i) => weight(i) * density(from + i * width)).reduce((a, b) => a + b) *
      width) /
    3
  );
}

/** Below t with these degrees: the density summed from the middle on, tabulated, and linear in between. */
function tabulated(degrees: number): (t: number) => number {
  const [step, most] = [0.002, 60];
  const pieces = Array.from({ length: most / step }, (_, i) => integrated(i * step, (i + 1) * step, degrees, 2));
  const half = [0];
  for (const piece of pieces) half.push(half[half.length - 1] + piece);
  return (t) => {
    const at = Math.min(Math.abs(t) / step, half.length - 2);
    const i = Math.floor(at);
    const within = half[i] + Math.min(1, at - i) * (half[i + 1] - half[i]);
    return 0.5 + Math.sign(t) * within;
  };
}

describe('the closed form of momentum', () => {
  const frame = market(10_000, 3);
  const train = rowsBetween(frame, 0, 14_000);
  const test = rowsBetween(frame, 14_000, frame.rows);
  const fitted = momentumClosedForm.fit(train, context);
  const { degrees, scale } = fitted.parameters as { degrees: number; scale: number };
  const predicted = fitted.predict(test);

  it('finds how the next return is distributed', () => {
    expect([4, 5, 6, 8]).toContain(degrees);
    expect(scale / planted.scale).toBeGreaterThan(0.93);
    expect(scale / planted.scale).toBeLessThan(1.07);
  });

  it('gives the probability of the next return between the bounds that last return and band set', () => {
    const weights = fitted.parameters.weights as number[];
    for (let row = 0; row < 20; row++) {
      const at = (name: string) => test.columns.get(name)![row];
      const log = [5, 20, 60, 240].reduce((sum, n, i) => sum + weights[i] * at(`label_dev_${n}`), weights[4]);
      const unit = scale * Math.exp(log) * 2;
      const [lower, upper] = [-1, 1].map((sign) => (at('label_last_return') + sign * at('label_momentum_band')) / unit);
      const [p0, p1, p2] = predicted.subarray(3 * row, 3 * row + 3);
      expect(p1).toBeCloseTo(integrated(lower, upper, degrees), 9);
      expect(p0 - 0.5).toBeCloseTo(integrated(0, lower, degrees), 9);
      expect(p0 + p1 + p2).toBeCloseTo(1, 12);
    }
  });

  it('is better than class frequencies by sign and size of the last return, out of sample', () => {
    const came = test.columns.get('label_momentum_class')!;
    const lossOf = (probabilities: Float64Array) => meanOf(logLoss.rows(probabilities, came));
    const frequencies = momentumClass.fit(train, context).predict(test);
    expect(1 - lossOf(predicted) / lossOf(frequencies)).toBeGreaterThan(0.03);
  });

  it('takes the degrees and the scale of the lowest log-loss in training: those that a plain grid finds', () => {
    const some = market(700, 8);
    const at = (name: string) => [...some.columns.get(name)!];
    const spells = [5, 20, 60, 240].map((n) => at(`label_dev_${n}`));
    const rows = new Matrix(Array.from({ length: some.rows }, (_, row) => spells.map((values) => values[row])));
    const theirs = new MultivariateLinearRegression(rows, Matrix.columnVector(at('label_log_volatility')));
    const deviation = theirs
      .predict(rows)
      .to1DArray()
      .map((log) => 2 * Math.exp(log));
    const [last, band, came] = ['label_last_return', 'label_momentum_band', 'label_momentum_class'].map(at);
    const step = 0.01;
    const tried = [2, 3, 4, 5, 6, 8, 10, 20].flatMap((degrees) => {
      const below = tabulated(degrees);
      return Array.from({ length: Math.floor(Math.log(16) / step) + 1 }, (_, i) => {
        const scale = Math.exp(i * step) / 4;
        const losses = deviation.map((unit, row) => {
          const [lower, upper] = [-1, 1].map((sign) => below((last[row] + sign * band[row]) / (scale * unit)));
          return -Math.log(Math.max(1e-6, [lower, upper - lower, 1 - upper][came[row]]));
        });
        return { degrees, scale, loss: losses.reduce((a, b) => a + b) / some.rows };
      });
    });
    const best = tried.reduce((a, b) => (b.loss < a.loss ? b : a));
    const own = momentumClosedForm.fit(some, context);
    const { degrees, scale } = own.parameters as { degrees: number; scale: number };
    expect(degrees).toBe(best.degrees);
    expect(Math.abs(Math.log(scale / best.scale))).toBeLessThan(step);
    const loss = meanOf(logLoss.rows(own.predict(some), some.columns.get('label_momentum_class')!));
    expect(loss).toBeLessThan(best.loss + 1e-6);
    expect(loss).toBeGreaterThan(best.loss - 1e-5);
  });
});
