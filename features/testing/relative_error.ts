/**
 * How far a stored value is from the expected one, relative to the expected one or to `unit` if that is larger.
 * Infinite for what is no number: a null must not pass for 0.
 */
export function errorOf(value: unknown, expected: number, unit = 0): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || !Number.isFinite(expected))
    return Number.POSITIVE_INFINITY;
  if (value === expected) return 0;
  return Math.abs(value - expected) / Math.max(Math.abs(expected), unit);
}
