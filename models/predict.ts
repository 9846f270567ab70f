import { UserError } from '#lib/errors.ts';
import { column, type Frame } from '#lib/frame.ts';
import type { Shown } from './definition.ts';
import { requireFinite } from './frame_checks.ts';
import { widthOf } from './task.ts';
import type { TrainedModel } from './trained.ts';

/** What a model says of one bar of one symbol. */
export interface Prediction extends Shown {
  /** Bar-open time, microseconds. */
  ts: number;
  symbol: string;
}

/**
 * The numbers that a model predicts for the rows of a frame: n, or n × K row-major probabilities.
 * @throws UserError when the frame lacks one of the model's features or has a value that is not finite
 */
export function predictRows({ definition, fitted, features }: TrainedModel, frame: Frame): Float64Array {
  const missing = features.filter((name) => !frame.columns.has(name));
  if (missing.length > 0) {
    throw new UserError(
      `${definition.name} was trained on ${missing.join(', ')}, which the features lack.`,
      'Run ./tickforest features rebuild, or train the model again.',
    );
  }
  requireFinite(frame, features);
  return fitted.predict(features.map((name) => column(frame, name)));
}

/**
 * A prediction per row as a person is shown it.
 * @param closes the close of each row's bar, where prices are to be shown
 */
export function predict(trained: TrainedModel, frame: Frame, closes: Float64Array | null = null): Prediction[] {
  const { definition, scale } = trained;
  const width = widthOf(definition.task);
  const values = predictRows(trained, frame);
  return Array.from({ length: frame.rows }, (_, row) => {
    const symbol = frame.symbols[frame.symbolOf[row]];
    const shown = definition.show(values.subarray(row * width, (row + 1) * width), {
      ...{ close: closes?.[row] ?? null, symbol, scale },
    });
    return { ts: frame.ts[row], symbol, ...shown };
  });
}
