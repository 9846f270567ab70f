import type { Feature } from '#features/header.ts';
import type { Row } from '#lib/questdb/database.ts';

/** How far a stored value may be from its recomputation, relative to the latter. What remains is the residue of sums. */
export const tolerance = 1e-7;

/** A stored value that its recomputation does not give. */
export interface Difference {
  feature: string;
  symbol: string;
  stored: unknown;
  again: unknown;
  /** Relative; infinite where one of the two is no number. */
  error: number;
}

/** What a comparison of many values has come to. */
export interface RowComparison {
  values: number;
  worst: Difference | undefined;
  differences: Difference[];
}

/**
 * Compares the features of a stored row with those of its recomputation.
 * @param units by feature: an error is measured against this where the value is smaller
 */
export function compareRows(
  features: readonly Feature[],
  stored: Row,
  again: Row,
  units: ReadonlyMap<string, number>,
): RowComparison {
  const agreement: RowComparison = { values: 0, worst: undefined, differences: [] };
  for (const { name } of features) {
    const error = relativeError(stored[name], again[name], units.get(name) ?? 0);
    const difference = {
      feature: name,
      symbol: String(stored.symbol),
      stored: stored[name],
      again: again[name],
      error,
    };
    agreement.values++;
    if (error > (agreement.worst?.error ?? 0)) agreement.worst = difference;
    if (error > tolerance) agreement.differences.push(difference);
  }
  return agreement;
}

/** Two nulls agree: what a null does in a table is asked by the check of quality. */
function relativeError(stored: unknown, again: unknown, unit: number): number {
  if (stored === again) return 0;
  if (typeof stored !== 'number' || typeof again !== 'number') return Number.POSITIVE_INFINITY;
  return Math.abs(stored - again) / Math.max(Math.abs(again), unit);
}

export function describe({ feature, stored, again, error }: Difference): string {
  return `${feature}: stored ${stored}, computed again ${again} (error ${error.toExponential(1)})`;
}
