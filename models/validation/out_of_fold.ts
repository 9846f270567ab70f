import type { Frame } from '#lib/frame.ts';
import { rowsBetween } from '#models/frame_rows.ts';
import type { Fold } from './walk_forward.ts';

/** Gives predictions, `width` numbers a row, for the rows of any frame with the same columns. */
export type Predictor = (frame: Frame) => Float64Array;

export interface OutOfFold {
  /** Of every test row, in order: test parts follow each other without a hole. */
  test: Float64Array;
  /** Of the training rows of each fold, by the predictor of that fold. */
  train: Float64Array[];
}

/** Fits on each fold's training part alone and predicts its test part. */
export async function predictOutOfFold(
  frame: Frame,
  folds: Fold[],
  width: number,
  fitFold: (train: Frame, fold: Fold) => Predictor | Promise<Predictor>,
): Promise<OutOfFold> {
  const from = folds[0].test.from;
  const test = new Float64Array((folds[folds.length - 1].test.until - from) * width);
  const train: Float64Array[] = [];
  for (const fold of folds) {
    const part = rowsBetween(frame, fold.train.from, fold.train.until);
    const predict = await fitFold(part, fold);
    train.push(predict(part));
    test.set(predict(rowsBetween(frame, fold.test.from, fold.test.until)), (fold.test.from - from) * width);
  }
  return { test, train };
}
