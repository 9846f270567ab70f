import type { Baseline } from '#models/baseline.ts';

/** The price stays where it is: a log return of 0 (a random walk without drift). Nothing is fitted. */
export const zeroReturn: Baseline = {
  name: 'zero_return',
  fit: () => ({ name: 'zero_return', parameters: {}, predict: ({ rows }) => new Float64Array(rows) }),
};
