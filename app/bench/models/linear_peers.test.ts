import { beforeAll, describe, expect, it } from 'vitest';
import { type Python, preparePython } from '#app/bench/python.ts';
import { UserError } from '#lib/errors.ts';
import { random } from '#lib/random.ts';
import { engineNamed } from '#models/engines.ts';
import { fitIntervals, predictIntervals } from '#models/intervals/fit.ts';
import { meanPinball, quantileLevels } from '#models/losses.ts';
import { peersFolder } from './context.ts';

/** What peers/linear.py prints. */
interface Said {
  gamma: number[];
  penalised_gamma: number[];
  ridge: number[];
  pinball: number;
}

const rows = 2_000;
const clip = 2.5;
const ridge = 0.3;
const { normal, uniform } = random(16, 1);

/** Two columns that say nearly the same, one that enters as its logarithm, others; each with values that are cut. */
const common = Array.from({ length: rows }, normal);
const columns = [
  common.map((value) => 3 + value),
  common.map((value) => value + 0.05 * normal()),
  common.map(() => Math.exp(normal() - 7)),
  ...Array.from({ length: 4 }, (_, c) => common.map(() => c + 10 ** c * normal())),
].map((values) => Float64Array.from(values));
/** As drawdowns are: many of a thousandth, some of 0, the spread as large as the mean. */
const target = Float64Array.from({ length: rows }, (_, row) => {
  const mean = Math.exp(0.4 * columns[0][row] + 0.2 * Math.log(columns[2][row]) - 0.02 * columns[4][row] - 6);
  return uniform() < 0.06 ? 0 : -mean * Math.log(1 - uniform());
});

const fitted = (engine: string, of: Float64Array[], y: Float64Array, share: number) =>
  engineNamed(engine).fit(of, y, {
    task: { kind: 'regression' },
    parameters: { ridge: share, clip },
    seed: 1,
    workers: 1,
  });

/** The largest difference of two lists of numbers above 0, as a share. */
const farthest = (ours: Float64Array, theirs: number[]) => {
  expect(ours).toHaveLength(theirs.length);
  return theirs.reduce((most, value, i) => Math.max(most, Math.abs(ours[i] / value - 1)), 0);
};

describe('the peers of our linear models', () => {
  const flat = Float64Array.from(target, () => 1);
  const symbolOf = new Uint16Array(rows);
  const symbols = ['A-USDT'];
  const widths = columns[2].map((value) => 1 + 1_000 * value);
  const intervals = fitIntervals({ returns: target, deviations: flat, symbolOf, symbols });
  const quantiles = predictIntervals(intervals, widths, symbolOf, symbols);
  let python: Python | UserError;
  let said: Said;

  beforeAll(async () => {
    // Where there is no Python the peers cannot run, and there is nothing to compare.
    python = await preparePython(peersFolder, () => {}).catch((error: unknown) => {
      if (error instanceof UserError) return error;
      throw error;
    });
    if (python instanceof UserError) return;
    const { scaler } = (await fitted('gamma', columns, target, ridge)).toJSON() as { scaler: { log: boolean[] } };
    expect(scaler.log).toEqual([false, false, true, false, false, false, false]);
    const order = {
      columns: columns.map((values) => Array.from(values)),
      logs: scaler.log,
      ...{ clip, ridge, target: Array.from(target), levels: quantileLevels },
      quantiles: Array.from({ length: rows }, (_, row) => Array.from(quantiles.subarray(5 * row, 5 * row + 5))),
    };
    said = await python.json<Said>('linear.py', [], JSON.stringify(order));
  });

  it('agree on a gamma regression with log link, zeros and all', async ({ skip }) => {
    if (python instanceof UserError) return skip(python.sentence);
    expect(target).toContain(0);
    const ours = (await fitted('gamma', columns, target, 1e-14)).predict(columns);
    expect(farthest(ours, said.gamma)).toBeLessThan(1e-6);
  });

  it('agree on one with a ridge penalty', async ({ skip }) => {
    if (python instanceof UserError) return skip(python.sentence);
    const some = (values: Float64Array) => values.filter((_, row) => target[row] > 0);
    const ours = (await fitted('gamma', columns.map(some), some(target), ridge)).predict(columns.map(some));
    expect(farthest(ours, said.penalised_gamma)).toBeLessThan(1e-6);
    // The penalty is felt: what agrees here is not the model without it.
    const free = (await fitted('gamma', columns.map(some), some(target), 1e-14)).predict(columns.map(some));
    expect(farthest(free, said.penalised_gamma)).toBeGreaterThan(0.1);
  });

  it('agree on ridge regression', async ({ skip }) => {
    if (python instanceof UserError) return skip(python.sentence);
    const ours = (await fitted('linear', columns, target, ridge)).predict(columns);
    // Of predictions on both sides of 0, so in units of what they vary by.
    const spread = Math.sqrt(said.ridge.reduce((sum, value) => sum + value ** 2, 0) / rows);
    for (const [row, value] of said.ridge.entries()) expect(Math.abs(ours[row] - value) / spread).toBeLessThan(1e-6);
  });

  it('agree on the mean pinball loss', ({ skip }) => {
    if (python instanceof UserError) return skip(python.sentence);
    const ours = meanPinball.rows(quantiles, target).reduce((a, b) => a + b) / rows;
    expect(Math.abs(ours / said.pinball - 1)).toBeLessThan(1e-12);
  });
});
