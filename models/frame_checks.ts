import { UserError } from '#lib/errors.ts';
import { column, type Frame } from '#lib/frame.ts';
import type { ModelDefinition } from './definition.ts';
import { featuresOf } from './frame_rows.ts';
import type { Fold } from './validation/walk_forward.ts';

/**
 * What would make a fit fail late or mean nothing, found before anything is fitted.
 * @throws UserError that names the column, symbol or fold
 */
export function checkTrainingFrame(definition: ModelDefinition, frame: Frame): void {
  const features = featuresOf(frame);
  if (frame.rows === 0) {
    throw new UserError(`There is no row to train ${definition.name} on.`, 'Import or backfill history first.');
  }
  if (features.length === 0) {
    throw new UserError(`There is no feature to train ${definition.name} on.`, 'Run ./tickforest features rebuild.');
  }
  requireFinite(frame, [...frame.columns.keys()]);
  if (features.every((name) => isConstant(column(frame, name)))) {
    throw new UserError(
      `All ${features.length} features are constant in the training window.`,
      'Choose another window or symbols that trade.',
    );
  }
  const target = column(frame, definition.target);
  if (definition.task.kind === 'classes') requireClasses(definition, target, 'in the training window');
  else if (isConstant(target)) {
    throw new UserError(
      `The target ${definition.target} is constant in the training window.`,
      'Choose another window or symbols that trade.',
    );
  }
}

/** @throws UserError when the training part of a fold has a single class */
export function checkFoldClasses(definition: ModelDefinition, frame: Frame, folds: Fold[]): void {
  if (definition.task.kind !== 'classes') return;
  const target = column(frame, definition.target);
  for (const { index, train } of folds) {
    requireClasses(definition, target.subarray(train.from, train.until), `in the training part of fold ${index + 1}`);
  }
}

/** @throws UserError that names the column, symbol and bar of the first value that is not finite */
export function requireFinite(frame: Frame, names: string[]): void {
  for (const name of names) {
    const row = column(frame, name).findIndex((value) => !Number.isFinite(value));
    if (row === -1) continue;
    const [symbol, time] = [frame.symbols[frame.symbolOf[row]], new Date(frame.ts[row] / 1000).toISOString()];
    throw new UserError(`${name} of ${symbol} is not finite at ${time}.`, 'Run ./tickforest check quality.');
  }
}

function requireClasses(definition: ModelDefinition, target: Float64Array, where: string): void {
  const classes = definition.classNames.length;
  const odd = target.find((label) => !Number.isInteger(label) || label < 0 || label >= classes);
  if (odd !== undefined) throw new RangeError(`${definition.target} is ${odd}, which is none of 0 … ${classes - 1}`);
  if (!isConstant(target)) return;
  throw new UserError(
    `${definition.name} sees only the class ${definition.classNames[target[0]]} ${where}.`,
    'Choose a longer window, or symbols that trade.',
  );
}

function isConstant(values: Float64Array): boolean {
  return values.every((value) => value === values[0]);
}
