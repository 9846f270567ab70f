import { describe, expect, it } from 'vitest';
import { studentBelow } from './student.ts';

describe("Student's t", () => {
  // Percentage points as they stand in tables, for example Fisher and Yates (1938), with more digits.
  it.each([
    [1, 12.7062047364, 0.975],
    [2, 4.30265272991, 0.975],
    [3, 3.18244630528, 0.975],
    [4, 2.7764451052, 0.975],
    [5, 2.57058183661, 0.975],
    [10, 2.22813885196, 0.975],
    [20, 2.08596344727, 0.975],
    [3, 5.84090929976, 0.995],
    [8, 3.35538733133, 0.995],
    [6, 1.94318028039, 0.95],
  ])('with %i degrees is below %d with probability %d', (degrees, t, probability) => {
    expect(studentBelow(t, degrees)).toBeCloseTo(probability, 10);
    expect(studentBelow(-t, degrees)).toBeCloseTo(1 - probability, 10);
  });

  it('is in the middle at 0, and certain at its ends', () => {
    for (const degrees of [1, 2, 7, 8]) {
      expect(studentBelow(0, degrees)).toBe(0.5);
      expect(studentBelow(1e12, degrees)).toBeCloseTo(1, 9);
    }
  });
});
