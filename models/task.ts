import { UserError } from '#lib/errors.ts';
import type { quantileLevels } from './losses.ts';

/**
 * What a model predicts of a row: one number, the probabilities of classes 0 … K−1, or quantiles at ascending levels and, last,
 * a point forecast.
 */
export type Task =
  | { kind: 'regression' }
  | { kind: 'classes'; classes: number }
  | { kind: 'quantiles'; levels: typeof quantileLevels };

/** How many numbers a prediction of one row has. */
export function widthOf(task: Task): number {
  if (task.kind === 'quantiles') return task.levels.length + 1;
  return task.kind === 'regression' ? 1 : task.classes;
}

/** @throws UserError from an engine whose models are of numbers or of classes */
export function refuseQuantiles(engine: string, task: Task): asserts task is Exclude<Task, { kind: 'quantiles' }> {
  if (task.kind === 'quantiles')
    throw new UserError(`The engine ${engine} predicts no quantiles.`, 'Fit with the engine intervals.');
}

/** The most probable class of each row of an n × K row-major matrix; of equal ones the lowest. */
export function mostLikely(probabilities: Float64Array, classes: number): Uint8Array {
  return Uint8Array.from({ length: probabilities.length / classes }, (_, row) => {
    let best = 0;
    for (let k = 1; k < classes; k++) {
      if (probabilities[row * classes + k] > probabilities[row * classes + best]) best = k;
    }
    return best;
  });
}
