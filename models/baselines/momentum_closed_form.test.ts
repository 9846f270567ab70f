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
function integrated(from: number, to: number, degrees: number): number {
  const density = (x: number) =>
    Math.exp(gammaln((degrees + 1) / 2) - gammaln(degrees / 2)) *
    (Math.PI * degrees) ** -0.5 *
    (1 + (x * x) / degrees) ** (-(degrees + 1) / 2);
  const steps = 2_000;
  const width = (to - from) / steps;
  const weight = (i: number) => (i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2);
  return (
    (Array.from({ length: steps + 1 }, (_, i) => weight(i) * density(from + i * width)).reduce((a, b) => a + b) *
      width) /
    3
  );
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
});
