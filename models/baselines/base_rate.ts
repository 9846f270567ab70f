import { column, type Frame } from '#lib/frame.ts';
import type { Baseline, FittedBaseline } from '#models/baseline.ts';

const name = 'base_rate';
type Fitted = { shares: number[] };

/** Each class at its share of the training part, whatever the bar. */
export function baseRate(target: string, classes: number): Baseline {
  return {
    name,
    fit: (train) => forecast({ shares: classShares(column(train, target), classes) }),
    load: ({ parameters }) => forecast(parameters as Fitted),
  };
}

function forecast(parameters: Fitted): FittedBaseline {
  const { shares } = parameters;
  const predict = ({ rows }: Frame) =>
    Float64Array.from({ length: rows * shares.length }, (_, i) => shares[i % shares.length]);
  return { name, parameters, reads: [], predict };
}

/** Share of each class 0 … K−1 among these labels. */
export function classShares(labels: Float64Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]++;
  return counts.map((count) => count / labels.length);
}
