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
  /** What the model says, of which the rest is a way to show it: one number, all classes' probabilities, or all quantiles. */
  raw: number[];
  /** The same of the fitted baseline; null where the frame lacks a column that it predicts from. */
  baseline: number[] | null;
}

/**
 * The numbers that a model predicts for the rows of a frame, n times as many as the width of its task, row-major.
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
  return fitted.predict(
    features.map((name) => column(frame, name)),
    frame,
  );
}

/**
 * A prediction per row as a person is shown it.
 * @param closes the close of each row's bar, where prices are to be shown
 */
export function predict(trained: TrainedModel, frame: Frame, closes: Float64Array | null = null): Prediction[] {
  const { definition, scale, baselines } = trained;
  const width = widthOf(definition.task);
  const values = predictRows(trained, frame);
  const baseline = baselines[definition.baseline.name];
  const naive = baseline.reads.every((name) => frame.columns.has(name)) ? baseline.predict(frame) : null;
  return Array.from({ length: frame.rows }, (_, row) => {
    const symbol = frame.symbols[frame.symbolOf[row]];
    const own = (of: Float64Array) => of.subarray(row * width, (row + 1) * width);
    const shown = definition.show(own(values), { close: closes?.[row] ?? null, symbol, scale });
    return {
      ts: frame.ts[row],
      symbol,
      ...shown,
      raw: Array.from(own(values)),
      baseline: naive && Array.from(own(naive)),
    };
  });
}
