import { describe, expect, it } from 'vitest';
import { column, type Frame } from '#lib/frame.ts';
import { evaluateModel } from './evaluate.ts';
import { plantedFrame } from './fixtures/planted_frame.ts';
import { returnRegression as price } from './fixtures/return_regression.ts';
import { createRandom } from './forest/random.ts';
import { crossValidateBaseline, crossValidateCandidate } from './validation/cross_validate.ts';
import { walkForward, walks } from './validation/walk_forward.ts';

const minute = 60e6;

/** Normal enough: the sum of twelve uniform numbers, less its mean. */
function normals(seed: number, count: number): number[] {
  const random = createRandom(seed, 0);
  return Array.from({ length: count }, () =>
    Array.from({ length: 12 }, () => random.next() / 2 ** 32).reduce((a, b) => a + b, -6),
  );
}

/**
 * Returns that nothing foretells, and one feature that tells rows close in time from others: the time. The label of a bar
 * is the return over the next `horizon` bars, so neighbours share most of theirs, and who has seen the labels of the last
 * bars before a test part has seen much of what comes in it.
 */
function overlappingFrame(bars: number, horizon: number): Frame {
  const returns = normals(5, bars + horizon);
  const next = (bar: number) => returns.slice(bar, bar + horizon).reduce((a, b) => a + b);
  return {
    rows: bars,
    ts: Float64Array.from({ length: bars }, (_, bar) => bar * minute),
    symbols: ['RANDOM-USDT'],
    symbolOf: new Uint16Array(bars),
    columns: new Map([
      ['time', Float64Array.from({ length: bars }, (_, bar) => bar)],
      ['label_log_return', Float64Array.from({ length: bars }, (_, bar) => next(bar))],
    ]),
  };
}

describe.each(walks)('the purge, %s', (walk) => {
  it('takes away the skill that overlapping labels lend', async () => {
    const horizon = 20;
    const frame = overlappingFrame(2_400, horizon);
    // Test parts of half the horizon: all of each is within reach of the last labels before it.
    const split = { folds: 144, walk, barMicros: minute, embargoBars: 0 };
    const candidate = { name: 'forest', engine: 'forest', parameters: { trees: 5, depth: 12, minLeaf: 3, bins: 256 } };
    const judged = async (reach: number) => {
      const folds = walkForward(frame.ts, { ...split, horizon: reach });
      const baseline = await crossValidateBaseline(price, frame, folds, { horizon, barMicros: minute });
      const options = { horizon, barMicros: minute, seed: 1, workers: 1, signal: undefined, progress: () => {} };
      return (await crossValidateCandidate(price, frame, folds, baseline, candidate, options)).result;
    };
    const purged = await judged(horizon);
    // As if labels reached no further than the bar itself.
    const unpurged = await judged(0);
    expect(purged.skill).toBeLessThan(0);
    expect(purged.pValue).toBeGreaterThan(0.05);
    expect(unpurged.skill).toBeGreaterThan(0.1);
    expect(unpurged.pValue).toBeLessThan(0.05);
  });
});

const linear = { name: 'linear', engine: 'linear', parameters: { ridge: 0.01 } };

describe('a feature that knows its label', () => {
  it('makes the skill jump, whichever way the training parts go', async () => {
    const frame = plantedFrame({ bars: 700, seed: 2, strength: 0 });
    const label = column(frame, price.target);
    const scale = Math.sqrt(label.reduce((sum, value) => sum + value ** 2, 0) / label.length);
    const noise = normals(6, frame.rows);
    // As much of it is noise as is label: a leak need not be whole to show.
    const leaky = { ...frame, columns: new Map(frame.columns) };
    leaky.columns.set(
      'leak',
      label.map((value, row) => value + scale * noise[row]),
    );
    for (const walk of walks) {
      const options = { horizon: 2, barMicros: minute, folds: 5, seed: 3, walk, candidates: [linear] };
      const honest = await evaluateModel(price, frame, options);
      const caught = await evaluateModel(price, leaky, options);
      expect(honest.winner.skill).toBeLessThan(0.02);
      expect(honest.winner.pValue).toBeGreaterThan(0.05);
      expect(caught.winner.skill).toBeGreaterThan(0.4);
      expect(caught.winner.pValue).toBeLessThan(0.05);
      const [first] = Object.entries(caught.importance.permutation).sort(([, a], [, b]) => b.mean - a.mean);
      expect(first[0]).toBe('leak');
    }
  });
});
