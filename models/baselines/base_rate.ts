import { column, type Frame } from '#lib/frame.ts';
import type { Baseline } from '#models/baseline.ts';

/** Each class at its share of the training part, whatever the bar. */
export function baseRate(target: string, classes: number): Baseline {
  return {
    name: 'base_rate',
    fit(train) {
      const shares = classShares(column(train, target), classes);
      const predict = ({ rows }: Frame) => Float64Array.from({ length: rows * classes }, (_, i) => shares[i % classes]);
      return { name: 'base_rate', parameters: { shares }, predict };
    },
  };
}

/** Share of each class 0 … K−1 among these labels. */
export function classShares(labels: Float64Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]++;
  return counts.map((count) => count / labels.length);
}
