/**
 * Whether most of a skill that was shown before is gone: it was above zero, and less than half of it is left. Of two skills that
 * are near zero that is chance, so it is asked only where something was found.
 */
export function isFarBelow(skill: number, before: number): boolean {
  return before > 0 && skill < before / 2;
}
