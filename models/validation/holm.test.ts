import { expect, it } from 'vitest';
import { holm } from './holm.ts';

it('steps down as in the worked example of four hypotheses', () => {
  // Ascending .005, .01, .03, .04 times 4, 3, 2, 1 is .02, .03, .06, .04; the last is raised to the one before it.
  expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
});

it('leaves one p-value as it is and never exceeds 1', () => {
  expect(holm([0.04])).toEqual([0.04]);
  expect(holm([0.7, 0.8])).toEqual([1, 1]);
  expect(holm([])).toEqual([]);
});
