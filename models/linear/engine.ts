import { z } from 'zod';
import { UserError } from '#lib/errors.ts';
import type { Engine, FittedModel } from '#models/engine.ts';
import { parseParameters } from '#models/parameters.ts';
import { refuseQuantiles, type Task } from '#models/task.ts';
import { blockProbabilities, blockScores, fitLogistic, toProbabilities } from './logistic.ts';
import { permutedScores } from './permuted.ts';
import { fitChosenRidge, fitRidge } from './ridge.ts';
import { fitScaler, forEachBlock, type Scaler } from './scaler.ts';

const defaultRidge = 0.05;

const parametersSchema = z.strictObject({
  ridge: z
    .number()
    .nonnegative()
    .default(defaultRidge)
    .describe('penalty on a weight, as a share of the rows; 0, for a regression, chooses it within the training rows'),
  clip: z.number().positive().default(4).describe('deviations beyond which a standardised value is cut'),
});

/** All that a fitted model is. */
export interface LinearJson {
  format: 'tickforest-linear-2';
  task: Task;
  scaler: Scaler;
  /** One vector, or one of each class; the intercept last. */
  weights: number[][];
  /** The penalty, given or chosen. */
  ridge: number;
  /** Of a logistic regression: whether its optimum was reached. */
  converged: boolean;
}

/** Ridge regression and ridge logistic regression on standardised columns. The seed does not matter: both are convex. */
export const linearEngine: Engine = {
  name: 'linear',

  async fit(columns, target, { task, parameters, weights, classWeights, time, signal, onProgress }) {
    signal?.throwIfAborted();
    refuseQuantiles('linear', task);
    if (weights ?? classWeights)
      throw new UserError('The engine linear takes no weights.', 'Leave them out, or fit with the engine forest.');
    const { ridge, clip } = parseParameters('linear', parametersSchema, parameters);
    if (columns.length === 0 || target.length === 0) throw new RangeError('a linear model needs columns and rows');
    const scaler = fitScaler(columns, clip);
    if (task.kind === 'regression') {
      if (ridge === 0 && !time)
        throw new RangeError('a penalty is chosen by the times of the rows, and there are none');
      const fitted =
        ridge === 0
          ? fitChosenRidge(columns, target, scaler, time!, defaultRidge)
          : { weights: fitRidge(columns, target, scaler, ridge), ridge };
      onProgress?.(1, 1);
      return linearModel(task, scaler, [fitted.weights], true, fitted.ridge);
    }
    if (ridge === 0)
      throw new UserError('A penalty is chosen for a regression only.', 'Give the parameter ridge a value above 0.');
    const logistic = await fitLogistic(columns, target, task.classes, scaler, ridge, signal);
    onProgress?.(1, 1);
    return linearModel(task, scaler, logistic.weights, logistic.converged, ridge);
  },

  load: fromJson,
  // A few hundred numbers: the header alone holds them.
  unpack: ({ header }) => fromJson(header),
};

function fromJson(json: unknown): FittedModel {
  const { format, task, scaler, weights, converged, ridge } = json as LinearJson;
  if (format !== 'tickforest-linear-2') throw new RangeError(`not a linear model: its format is ${String(format)}`);
  return linearModel(
    task,
    scaler,
    weights.map((w) => Float64Array.from(w)),
    converged,
    ridge,
  );
}

function linearModel(
  task: Task,
  scaler: Scaler,
  weights: Float64Array[],
  converged: boolean,
  ridge: number,
): FittedModel {
  const json: LinearJson = {
    format: 'tickforest-linear-2',
    task,
    scaler,
    weights: weights.map((w) => Array.from(w)),
    converged,
    ridge,
  };
  const requireColumns = (columns: Float64Array[]) => {
    if (columns.length === scaler.mean.length) return;
    throw new RangeError(`the model was fitted on ${scaler.mean.length} columns and is given ${columns.length}`);
  };
  return {
    engine: 'linear',
    importance: importanceOf(weights, scaler),
    toJSON: () => json,
    pack: () => ({ header: json, arrays: {} }),
    predict(columns) {
      requireColumns(columns);
      const out = new Float64Array(columns[0].length * weights.length);
      forEachBlock(columns, scaler, (block, start, rows) => {
        const values =
          task.kind === 'regression'
            ? [blockScores(block, rows, weights[0])]
            : blockProbabilities(block, rows, weights);
        interleave(values, out.subarray(start * weights.length, (start + rows) * weights.length));
      });
      return out;
    },
    permuted(columns, groupOf, groups, source) {
      requireColumns(columns);
      const rows = source.length;
      return permutedScores(columns, scaler, weights, groupOf, groups, source).map((scores) => {
        const values = task.kind === 'regression' ? scores : toProbabilities(scores, rows);
        return interleave(values, new Float64Array(rows * weights.length));
      });
    },
  };
}

/** Writes one array of each class as rows of K numbers. */
function interleave(values: Float64Array[], out: Float64Array): Float64Array {
  for (const [k, ofClass] of values.entries()) {
    for (let row = 0; row * values.length < out.length; row++) out[row * values.length + k] = ofClass[row];
  }
  return out;
}

/** Size of the standardised weights, summed over classes; a constant column has none. */
function importanceOf(weights: Float64Array[], scaler: Scaler): Float64Array {
  const sizes = Float64Array.from(scaler.factor, (factor, i) =>
    factor === 0 ? 0 : weights.reduce((sum, w) => sum + Math.abs(w[i]), 0),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return total === 0 ? sizes : sizes.map((size) => size / total);
}
