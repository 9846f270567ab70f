import { UserError } from '#lib/errors.ts';
import type { ForestOptions } from './options.ts';

/**
 * How many rows each row stands for: its own weight times that of its class; undefined where neither was given.
 * @throws RangeError for a weight that is negative or not finite, UserError when all of them are 0
 */
export function rowWeights(
  target: Float64Array,
  { task, weights, classWeights }: Pick<ForestOptions, 'task' | 'weights' | 'classWeights'>,
): Float64Array | undefined {
  if (weights === undefined && classWeights === undefined) return undefined;
  if (weights !== undefined && weights.length !== target.length)
    throw new RangeError(`there are ${weights.length} weights for ${target.length} rows`);
  if (classWeights !== undefined) {
    if (task.kind !== 'classes') throw new RangeError('a regression has no classes to weigh');
    if (classWeights.length !== task.classes)
      throw new RangeError(`there are ${classWeights.length} class weights for ${task.classes} classes`);
    for (const [label, weight] of classWeights.entries()) checkWeight(weight, `class ${label}`);
  }
  weights?.forEach((weight, row) => {
    checkWeight(weight, `row ${row}`);
  });
  const product = Float64Array.from(target, (label, row) => (weights?.[row] ?? 1) * (classWeights?.[label] ?? 1));
  const total = product.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) throw new UserError('The weights of all rows are 0.', 'Give some rows a weight above 0.');
  if (total === Number.POSITIVE_INFINITY) throw new RangeError('the weights are too large to be added up');
  return product;
}

/** The rows with a weight above 0, or undefined where all have one. The others take no part, as if they were not there. */
export function weighedRows(weights: Float64Array): Uint32Array | undefined {
  if (!weights.includes(0)) return undefined;
  return Uint32Array.from(weights.keys()).filter((row) => weights[row] > 0);
}

function checkWeight(weight: number, of: string): void {
  if (weight >= 0 && weight < Number.POSITIVE_INFINITY) return;
  throw new RangeError(`the weight of ${of} is ${weight}; it has to be a finite number that is not negative`);
}
