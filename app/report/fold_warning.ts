import { signed } from '#app/numbers.ts';
import { isFarBelow } from '#models/skill_decay.ts';

/**
 * A sentence where a skill was found that the newest bars do not show: the last fold's is below zero, or less than half of
 * the first's. Null where none was found, or where it lasts.
 * @param skill of all folds together
 * @param folds skill of each, the earliest first
 */
export function foldWarning(skill: number, folds: readonly number[]): string | null {
  const [first, last] = [folds[0], folds[folds.length - 1]];
  if (folds.length < 2 || skill <= 0 || !(last < 0 || isFarBelow(last, first))) return null;
  return `Its skill was ${signed(first)} in the first fold and is ${signed(last)} in the last: it may not last.`;
}
