import { sampleStandardDeviation } from 'simple-statistics';
import { expect, it } from 'vitest';
import type { Frame } from '#lib/frame.ts';
import { farthestOutside, rangesOf } from './feature_ranges.ts';

const frameOf = (columns: Record<string, number[]>): Frame => {
  const rows = Object.values(columns)[0].length;
  return {
    ...{ rows, symbols: ['A'], ts: new Float64Array(rows), symbolOf: new Uint16Array(rows) },
    columns: new Map(Object.entries(columns).map(([name, values]) => [name, Float64Array.from(values)])),
  };
};

it('a range is the least and the greatest value with the deviation, also far from zero', () => {
  const values = [3, 1, 4, 1, 5, 9, 2, 6].map((value) => 1e9 + value);
  const [{ min, max, deviation }] = rangesOf(frameOf({ a: values }), ['a']);
  expect([min, max]).toEqual([1e9 + 1, 1e9 + 9]);
  // Of all rows, where simple-statistics divides by one row fewer.
  expect(deviation).toBeCloseTo(sampleStandardDeviation(values) * Math.sqrt(7 / 8), 6);
});

it('the feature that lies farthest outside is named, in its own deviations, and none within', () => {
  const training = frameOf({ a: [0, 1, 2, 3], b: [10, 10, 10, 10], c: [-1, 1, -1, 1] });
  const ranges = rangesOf(training, ['a', 'b', 'c']);
  const rows = frameOf({ a: [3, 3.5, 0, 9], b: [10, 10, 10, 9.5], c: [1, 1, -4, 1] });
  const outside = (row: number) => farthestOutside(rows, row, ['a', 'b', 'c'], ranges);
  expect(outside(0)).toBeUndefined();
  expect(outside(1)).toEqual({ feature: 'a', deviations: 0.5 / Math.sqrt(1.25) });
  expect(outside(2)).toEqual({ feature: 'c', deviations: 3 });
  // It never moved in training.
  expect(outside(3)).toEqual({ feature: 'b', deviations: Number.POSITIVE_INFINITY });
});
