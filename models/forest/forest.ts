import { setImmediate as pause } from 'node:timers/promises';
import { UserError } from '#lib/errors.ts';
import { valuesAt } from '#lib/frame.ts';
import { binColumns } from './bins.ts';
import { Forest } from './ensemble.ts';
import { createGrower, type Grown, type TrainingSet } from './grower.ts';
import { type ForestOptions, type ForestSettings, forestSettings, type Task } from './options.ts';
import { OutOfBagSums, spread } from './out_of_bag.ts';
import { growInThreads } from './threads.ts';
import type { Tree } from './tree.ts';
import { rowWeights, weighedRows } from './weights.ts';

export interface FitHooks {
  /** Called after each tree. */
  onTree?(done: number, total: number): void;
  /** Ends the fit early; it then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Grows a random forest (Breiman, Machine Learning 45, 2001) on quantile-binned features: a bootstrap sample for each tree,
 * some features drawn for each split, squared error or Gini impurity. The bins come from these rows alone.
 * @param columns the features of the training rows, finite and of equal length
 * @param target one number a row; for classes their numbers 0 … classes − 1
 * @throws RangeError for malformed input or options, UserError for data that no forest can be grown on
 */
export async function fitForest(
  columns: Float64Array[],
  target: Float64Array,
  options: ForestOptions,
  { onTree, signal }: FitHooks = {},
): Promise<Forest> {
  signal?.throwIfAborted();
  const settings = forestSettings(options);
  checkShape(columns, target);
  const weights = rowWeights(target, options);
  const weighed = weights && weighedRows(weights);
  if (!weighed) return grow(columns, target, weights, settings, { onTree, signal });
  const only = (values: Float64Array) => valuesAt(values, weighed);
  const forest = await grow(columns.map(only), only(target), only(weights), settings, { onTree, signal });
  forest.outOfBag &&= spread(forest.outOfBag, weighed, target.length);
  return forest;
}

/** @param weights above 0, where there are any */
async function grow(
  columns: Float64Array[],
  target: Float64Array,
  weights: Float64Array | undefined,
  settings: ForestSettings,
  { onTree, signal }: FitHooks,
): Promise<Forest> {
  const { task } = settings;
  checkEnough(target, weights, settings);
  const grown = task.kind === 'classes' ? labels(target, task.classes) : centred(target);
  const bins = await binColumns(columns, settings.bins, settings.seed, signal);
  const training: TrainingSet = { bins, settings, ...grown, weights: weights && shared(weights) };
  const trees = new Array<Tree>(settings.trees);
  const outOfBag = settings.outOfBag ? new OutOfBagSums(task, target.length) : undefined;
  let done = 0;
  const onGrown = (index: number, grown: Grown) => {
    trees[index] = grown.tree;
    outOfBag?.add(index, grown);
    onTree?.(++done, settings.trees);
  };
  await (settings.workers > 1 ? growInThreads : growHere)(training, onGrown, signal);
  const forest = Forest.of(task, columns.length, trees);
  forest.outOfBag = outOfBag?.result(target);
  return forest;
}

/** In this thread, one after the other; other work gets its turn between them. */
async function growHere(
  training: TrainingSet,
  onGrown: (index: number, grown: Grown) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const grow = createGrower(training);
  for (let index = 0; index < training.settings.trees; index++) {
    await pause();
    signal?.throwIfAborted();
    onGrown(index, grow(index));
  }
}

function checkShape(columns: Float64Array[], target: Float64Array): void {
  if (columns.length === 0) throw new RangeError('there are no columns to grow a forest on');
  if (columns.length > 65_535) throw new RangeError(`a forest takes at most 65535 columns and got ${columns.length}`);
  for (const [index, values] of columns.entries()) {
    if (values.length === target.length) continue;
    throw new RangeError(`column ${index} has ${values.length} rows, but the target has ${target.length}`);
  }
  if (target.length === 0) throw new UserError('There are no rows to grow a forest on.', 'Choose a longer window.');
}

function checkEnough(
  target: Float64Array,
  weights: Float64Array | undefined,
  { minLeaf, sampleShare }: ForestSettings,
): void {
  const total = weights?.reduce((sum, weight) => sum + weight, 0) ?? target.length;
  if (Math.round(total * sampleShare) >= 2 * minLeaf) return;
  const weight = weights ? ` with a weight of ${total} in all` : '';
  throw new UserError(
    `${target.length} rows${weight}, of which a tree sees ${sampleShare * 100} %, are too few for two leaves of ${minLeaf}.`,
    weights
      ? 'Choose a longer window, a smaller minLeaf or larger weights.'
      : 'Choose a longer window or a smaller minLeaf.',
  );
}

/** The class of each row in shared memory. */
function labels(target: Float64Array, classes: number): Pick<TrainingSet, 'target' | 'centre'> {
  const shared = new Uint8Array(new SharedArrayBuffer(target.length));
  for (let row = 0; row < target.length; row++) {
    const label = target[row];
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new RangeError(`the target is ${label} in row ${row}; a class is a whole number from 0 to ${classes - 1}`);
    }
    shared[row] = label;
  }
  if (shared.every((label) => label === shared[0])) {
    throw new UserError(
      `The target has one class, ${shared[0]}, in all ${target.length} rows.`,
      'Choose a longer window.',
    );
  }
  return { target: shared, centre: 0 };
}

/** The weights in shared memory. */
function shared(weights: Float64Array): Float64Array {
  const copy = new Float64Array(new SharedArrayBuffer(weights.byteLength));
  copy.set(weights);
  return copy;
}

/** The target less its mean, in shared memory. */
function centred(target: Float64Array): Pick<TrainingSet, 'target' | 'centre'> {
  const shared = new Float64Array(new SharedArrayBuffer(target.length * 8));
  let centre = 0;
  for (let row = 0; row < target.length; row++) {
    if (!Number.isFinite(target[row]))
      throw new RangeError(`the target is ${target[row]} in row ${row}; it has to be finite`);
    centre += (target[row] - centre) / (row + 1);
  }
  for (let row = 0; row < target.length; row++) shared[row] = target[row] - centre;
  return { target: shared, centre };
}

export type { Forest, ForestOptions, Task };
