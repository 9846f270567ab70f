import { column, type Frame } from '#lib/frame.ts';
import type { BarContext } from '#models/baseline.ts';
import type { ModelDefinition } from '#models/definition.ts';
import type { Parameters } from '#models/engine.ts';
import { engineNamed } from '#models/engines.ts';
import { checkFoldClasses } from '#models/frame_checks.ts';
import { featuresOf, rowsBetween } from '#models/frame_rows.ts';
import { widthOf } from '#models/task.ts';
import { crossValidateBaseline } from '#models/validation/cross_validate.ts';
import { meanOf } from '#models/validation/metrics.ts';
import { predictOutOfFold } from '#models/validation/out_of_fold.ts';
import { innerSplit, type Walk, walkForward } from '#models/validation/walk_forward.ts';

export interface InnerOptions extends BarContext {
  /** The outer folds. */
  folds: number;
  walk: Walk;
  embargoBars: number;
  initialShare: number;
  seed: number;
  signal?: AbortSignal;
}

export interface InnerLoss {
  loss: number;
  baseline: number;
}

/**
 * The loss of a configuration within one training part, walk-forward, purged and embargoed as the outer folds are: no row
 * of the outer test part has a say in what is chosen by it (nested validation: Cawley and Talbot, JMLR 11, 2010).
 * @param fold the outer fold; −1 is the whole window, whose search the model that is kept comes from
 * @throws UserError when the part is too short for folds of its own, or lacks a class
 */
export async function innerLoss(
  definition: ModelDefinition,
  frame: Frame,
  fold: number,
  candidate: { engine: string; parameters: Parameters },
  options: InnerOptions,
): Promise<InnerLoss> {
  const part = fold === -1 ? frame : trainingPart(frame, fold, options);
  const { horizon, barMicros, embargoBars, seed, signal } = options;
  const folds = walkForward(part.ts, { ...innerSplit, walk: options.walk, embargoBars, horizon, barMicros });
  checkFoldClasses(definition, part, folds);
  const { task, loss } = definition;
  const features = featuresOf(part);
  const inputs = (rows: Frame) => features.map((name) => column(rows, name));
  const { test } = await predictOutOfFold(part, folds, widthOf(task), async (rows) => {
    signal?.throwIfAborted();
    const time = { ts: rows.ts, horizon, barMicros };
    const fit = { task, features, parameters: candidate.parameters, seed, workers: 1, signal, time, of: rows };
    const fitted = await engineNamed(candidate.engine).fit(inputs(rows), column(rows, definition.target), fit);
    return (tested) => fitted.predict(inputs(tested), tested);
  });
  const target = column(part, definition.target).subarray(folds[0].test.from);
  const baseline = await crossValidateBaseline(definition, part, folds, { horizon, barMicros });
  return { loss: meanOf(loss.rows(test, target)), baseline: meanOf(baseline.losses) };
}

function trainingPart(frame: Frame, fold: number, options: InnerOptions): Frame {
  const { train } = walkForward(frame.ts, options)[fold];
  return rowsBetween(frame, train.from, train.until);
}
