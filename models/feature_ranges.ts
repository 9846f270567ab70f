import { column, type Frame } from '#lib/frame.ts';

/** Where the values of a feature lay in the rows that a model was fitted on. */
export interface FeatureRange {
  min: number;
  max: number;
  /** Standard deviation over these rows. */
  deviation: number;
}

/** One range per feature, in their order. */
export function rangesOf(frame: Frame, features: readonly string[]): FeatureRange[] {
  return features.map((name) => {
    const values = column(frame, name);
    let [min, max, mean, squares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value < min) min = value;
      if (value > max) max = value;
      // Welford's update, which does not cancel.
      const before = value - mean;
      mean += before / (i + 1);
      squares += before * (value - mean);
    }
    return { min, max, deviation: Math.sqrt(squares / values.length) };
  });
}

/** A feature of a row that lies outside its range, and by how many of its deviations. */
export interface OutOfRange {
  feature: string;
  deviations: number;
}

/** The feature of a row that lies farthest outside its range; undefined where all lie within. */
export function farthestOutside(
  frame: Frame,
  row: number,
  features: readonly string[],
  ranges: readonly FeatureRange[],
): OutOfRange | undefined {
  let farthest: OutOfRange | undefined;
  for (const [i, feature] of features.entries()) {
    const value = column(frame, feature)[row];
    const { min, max, deviation } = ranges[i];
    const beyond = Math.max(min - value, value - max);
    if (beyond <= 0) continue;
    // A feature that never moved in training has no deviation: any other value is infinitely far.
    const deviations = beyond / deviation;
    if (!farthest || deviations > farthest.deviations) farthest = { feature, deviations };
  }
  return farthest;
}
