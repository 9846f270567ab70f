import { describe, expect, it } from 'vitest';
import { attemptsText } from './attempts.ts';
import { foldWarning } from './fold_warning.ts';

describe('foldWarning', () => {
  it.each([
    ['the last fold is below zero', 0.03, [0.05, 0.04, -0.012]],
    ['the last fold is below half of the first', 0.03, [0.05, 0.04, 0.0249]],
    ['the last fold is below zero as the first was', 0.03, [-0.01, 0.09, -0.001]],
  ])('warns where %s', (_, skill, folds) => {
    expect(foldWarning(skill, folds)).toMatch(/^Its skill was \S+ in the first fold and is \S+ in the last: /);
  });

  it.each([
    ['half of the first is left', 0.03, [0.05, 0.0, 0.025]],
    ['the last is the best', 0.03, [-0.05, 0.02, 0.06]],
    ['nothing was found that could be gone', -0.01, [0.05, -0.03, -0.05]],
    ['there is one fold', 0.03, [0.03]],
    ['there are none', 0.03, []],
  ])('is silent where %s', (_, skill, folds) => {
    expect(foldWarning(skill, folds)).toBeNull();
  });

  it('names both skills with their signs', () => {
    expect(foldWarning(0.01, [0.05, -0.02])).toBe(
      'Its skill was +0.05 in the first fold and is −0.02 in the last: it may not last.',
    );
  });
});

it('attempts are counted in words', () => {
  expect(attemptsText({ runs: 12, candidates: 30, trials: 1_240 })).toBe(
    '12 runs with 30 candidates and 1,240 trials of this model on overlapping windows',
  );
  expect(attemptsText({ runs: 1, candidates: 1, trials: 1 })).toMatch(/^1 run with 1 candidate and 1 trial of/);
});
