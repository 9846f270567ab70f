import { linearRegression, sampleRankCorrelation } from 'simple-statistics';
import { expect, it } from 'vitest';
import { createRandom } from '#models/forest/random.ts';
import { calibrationOf } from './calibration.ts';
import { rankCorrelation } from './rank_correlation.ts';

const random = createRandom(3, 0);

/** Whole numbers below `of`: with many ties, or with hardly any. */
const numbers = (of: number) => Float64Array.from({ length: 2_000 }, () => random.below(of) / 7);

it.each([3, 50, 1e9])('a rank correlation of numbers below %d is that of simple-statistics, bit for bit', (of) => {
  const [a, b] = [numbers(of), numbers(of)];
  const mixed = b.map((value, i) => value + a[i]);
  expect(rankCorrelation(a, mixed)).toBe(sampleRankCorrelation([...a], [...mixed]));
  expect(rankCorrelation(a, a)).toBeCloseTo(1, 12);
});

it('has no value of a constant', () => {
  expect(rankCorrelation(numbers(9), new Float64Array(2_000))).toBeNaN();
});

it('the slope of a calibration is that of simple-statistics, bit for bit', () => {
  const [predictions, outcomes] = [numbers(1_000), numbers(1_000)];
  const { m } = linearRegression(Array.from(predictions, (value, i) => [value, outcomes[i]]));
  expect(calibrationOf(predictions, outcomes).slope).toBe(m);
});
