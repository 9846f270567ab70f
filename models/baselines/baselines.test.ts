import { Matrix, solve } from 'ml-matrix';
import { MultivariateLinearRegression } from 'ml-regression';
import { describe, expect, it } from 'vitest';
import { column, type Frame } from '#lib/frame.ts';
import { plantedFrame } from '#models/fixtures/planted_frame.ts';
import { createRandom } from '#models/forest/random.ts';
import { rowsBetween } from '#models/frame_rows.ts';
import { baseRate } from './base_rate.ts';
import { continuation, majority, nextReturnZero, reversal } from './class_rules.ts';
import { momentumClass } from './momentum_class.ts';
import { meanOrTrailingDeviation } from './trailing_deviation.ts';

const context = { horizon: 2, barMicros: 60e6 };

function frameOf(columns: Record<string, number[]>): Frame {
  const rows = Object.values(columns)[0].length;
  return {
    rows,
    ts: Float64Array.from({ length: rows }, (_, i) => i * 60e6),
    symbols: ['A-USDT'],
    symbolOf: new Uint16Array(rows),
    columns: new Map(Object.entries(columns).map(([name, values]) => [name, Float64Array.from(values)])),
  };
}

describe('direction', () => {
  const train = frameOf({ label_up: [1, 1, 1, 0], label_last_return: [1, -1, 0, 2] });
  const test = frameOf({ label_up: [0, 0], label_last_return: [-3, 0] });

  it('base rate is the share in training, whatever the test rows are', () => {
    expect([...baseRate('label_up', 2).fit(train, context).predict(test)]).toEqual([0.25, 0.75, 0.25, 0.75]);
  });

  it('rules name the majority, the sign of the last return, and its opposite', () => {
    expect([...majority('label_up', 2).fit(train)(test)]).toEqual([1, 1]);
    expect([...continuation.fit(train)(train)]).toEqual([1, 0, 0, 1]);
    expect([...reversal.fit(train)(train)]).toEqual([0, 1, 0, 0]);
  });
});

describe('momentum', () => {
  // −last: −2 below the band of 1, 0.5 within, 3 above.
  const train = frameOf({
    label_last_return: [2, 2, 2, -0.5, -3, -3],
    label_momentum_band: [1, 1, 1, 1, 1, 1],
    label_momentum_class: [0, 0, 1, 1, 2, 2],
  });

  it('gives the class frequencies of the group, each count from 1', () => {
    const fitted = momentumClass.fit(train, context);
    const test = frameOf({
      label_last_return: [5, 0, -5],
      label_momentum_band: [1, 1, 1],
      label_momentum_class: [0, 0, 0],
    });
    const expected = [3 / 6, 2 / 6, 1 / 6, 1 / 4, 2 / 4, 1 / 4, 1 / 5, 1 / 5, 3 / 5];
    fitted.predict(test).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 12);
    });
  });

  it('has the rule that the next return is 0', () => {
    expect([...nextReturnZero.fit(train)(train)]).toEqual([0, 0, 0, 1, 2, 2]);
  });

  it('takes a return at the edge of the band as within', () => {
    const edge = frameOf({ label_last_return: [1, -1], label_momentum_band: [1, 1] });
    expect([...nextReturnZero.fit(edge)(edge)]).toEqual([1, 1]);
  });
});

describe('mean or trailing deviation', () => {
  const frame = plantedFrame({ bars: 400, seed: 5, strength: 0 });
  const names = ['label_dev_5', 'label_dev_20', 'label_dev_60', 'label_dev_240'];
  const withTarget = (target: (row: number) => number) => ({
    ...frame,
    columns: new Map(frame.columns).set(
      't',
      Float64Array.from({ length: frame.rows }, (_, row) => target(row)),
    ),
  });

  it('is least squares on four log deviations where these foretell the target', () => {
    const [dev5, dev240] = [column(frame, names[0]), column(frame, names[3])];
    const noise = column(frame, 'noise_1');
    const planted = withTarget((row) => 0.4 * dev5[row] + 0.5 * dev240[row] + 0.05 * noise[row]);
    const fitted = meanOrTrailingDeviation('t', 'logs').fit(planted, context);
    expect(fitted.name).toBe('trailing_deviation');
    const rows = new Matrix(Array.from(dev5, (_, row) => [...names.map((name) => column(frame, name)[row]), 1]));
    const weights = solve(rows, Matrix.columnVector([...column(planted, 't')]), true);
    const expected = rows.mmul(weights).to1DArray();
    fitted.predict(planted).forEach((value, row) => {
      expect(value).toBeCloseTo(expected[row], 6);
    });
  });

  it('is the training mean where they foretell nothing', () => {
    // Related in the first four fifths only, so that a choice on the rows of the fit would err.
    const dev5 = column(frame, names[0]);
    const turned = withTarget((row) => (row < 0.8 * frame.rows ? dev5[row] : -dev5[row] + 2 * dev5[0]));
    const fitted = meanOrTrailingDeviation('t', 'logs').fit(turned, context);
    expect(fitted.name).toBe('mean');
    const target = column(turned, 't');
    expect(fitted.predict(turned)[0]).toBeCloseTo(target.reduce((a, b) => a + b, 0) / frame.rows, 10);
  });

  it('never looks at rows outside the training part', () => {
    const train = rowsBetween(frame, 0, 600);
    const before = meanOrTrailingDeviation('label_drawdown', 'deviations').fit(train, context);
    const altered = {
      ...frame,
      columns: new Map([...frame.columns].map(([name, v]) => [name, v.map((x, i) => (i < 600 ? x : 9))])),
    };
    const after = meanOrTrailingDeviation('label_drawdown', 'deviations').fit(rowsBetween(altered, 0, 600), context);
    expect(after.parameters).toEqual(before.parameters);
  });
});

it.each(['logs', 'deviations'] as const)(
  'least squares on %s gives the numbers of ml-regression, bit for bit',
  (scale) => {
    const names = ['label_dev_5', 'label_dev_20', 'label_dev_60', 'label_dev_240'];
    const rows = 1_000;
    const random = createRandom(5, 0);
    const next = () => random.next() / 2 ** 32;
    const columns = new Map(names.map((name) => [name, Float64Array.from({ length: rows }, () => -9 + next())]));
    const target = Float64Array.from({ length: rows }, (_, i) =>
      names.reduce((sum, name) => sum + columns.get(name)![i], next()),
    );
    const ts = Float64Array.from({ length: rows }, (_, i) => i * 60e6);
    const whole: Frame = {
      rows,
      ts,
      symbols: ['A-USDT'],
      symbolOf: new Uint16Array(rows),
      columns: columns.set('label_target', target),
    };
    const seen = (row: number) =>
      names.map((name) => (scale === 'logs' ? (x: number) => x : Math.exp)(columns.get(name)![row]));
    const x = Array.from({ length: rows }, (_, row) => seen(row));
    const y = new Matrix(Array.from(target, (value) => [value]));
    const theirs = new MultivariateLinearRegression(new Matrix(x), y, { statistics: false });
    const fitted = meanOrTrailingDeviation('label_target', scale).fit(whole, context);
    expect(fitted.name).toBe('trailing_deviation');
    expect(fitted.parameters.weights).toEqual(theirs.weights.map(([weight]) => weight));
    expect([...fitted.predict(whole)]).toEqual(theirs.predict(new Matrix(x)).to1DArray());
  },
);
