import type { Baseline, FittedBaseline } from '#models/baseline.ts';

const forecast: FittedBaseline = {
  name: 'zero_return',
  parameters: {},
  reads: [],
  predict: ({ rows }) => new Float64Array(rows),
};

/** The price stays where it is: a log return of 0 (a random walk without drift). Nothing is fitted. */
export const zeroReturn: Baseline = {
  name: 'zero_return',
  fit: () => forecast,
  load: () => forecast,
};
