import { quantileSorted } from 'simple-statistics';

/** Quantiles 0, 0.01, … 1 of some numbers: their distribution in 101 numbers. */
export function quantilesOf(values: Float64Array): number[] {
  const sorted = Array.from(Float64Array.from(values).sort());
  return Array.from({ length: 101 }, (_, i) => quantileSorted(sorted, i / 100));
}

/**
 * Where a value stands among numbers whose quantiles are given, 0 to 100, linear in between. A value that many of them
 * share stands in the middle of its ties.
 */
export function percentileAmong(quantiles: readonly number[], value: number): number {
  const last = quantiles.length - 1;
  if (value < quantiles[0]) return 0;
  if (value > quantiles[last]) return 100;
  const below = quantiles.findIndex((quantile) => quantile >= value);
  const above = quantiles.findLastIndex((quantile) => quantile <= value);
  if (below <= above) return (50 * (below + above)) / last;
  const share = (value - quantiles[above]) / (quantiles[below] - quantiles[above]);
  return (100 * (above + share)) / last;
}
