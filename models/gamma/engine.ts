import { z } from 'zod';
import { UserError } from '#lib/errors.ts';
import type { Engine, FittedModel } from '#models/engine.ts';
import { blockScores } from '#models/linear/logistic.ts';
import { permutedScores } from '#models/linear/permuted.ts';
import { fitScaler, forEachBlock, type Scaler } from '#models/linear/scaler.ts';
import { parseParameters } from '#models/parameters.ts';
import { refuseQuantiles } from '#models/task.ts';
import { fitGamma } from './fit.ts';

const parametersSchema = z.strictObject({
  ridge: z.number().positive().default(0.05).describe('penalty on a weight, as a share of the rows'),
  clip: z.number().positive().default(4).describe('deviations beyond which a standardised value is cut'),
});

/** All that a fitted model is. */
interface GammaJson {
  format: 'tickforest-gamma-1';
  scaler: Scaler;
  /** Of the logarithm of the mean, the intercept last. */
  weights: number[];
  /** Lowest and highest logarithm of a mean that it predicts. */
  range: [number, number];
}

/**
 * Gamma regression with logarithmic link on standardised columns, for a target that is 0 or more and whose deviation grows
 * with its mean. It predicts no mean beyond those of the rows that it was fitted on: what is far outside of them in one
 * column would otherwise be so exponentially. The seed does not matter: the objective is convex.
 */
export const gammaEngine: Engine = {
  name: 'gamma',

  async fit(columns, target, { task, parameters, weights, classWeights, signal, onProgress }) {
    signal?.throwIfAborted();
    refuseQuantiles('gamma', task);
    if (task.kind !== 'regression')
      throw new UserError('The engine gamma predicts numbers, not classes.', 'Fit with the engine forest or linear.');
    if (weights ?? classWeights)
      throw new UserError('The engine gamma takes no weights.', 'Leave them out, or fit with the engine forest.');
    const { ridge, clip } = parseParameters('gamma', parametersSchema, parameters);
    if (columns.length === 0 || target.length === 0) throw new RangeError('a gamma regression needs columns and rows');
    requireTarget(target);
    const scaler = fitScaler(columns, clip);
    const fitted = await fitGamma(columns, target, scaler, ridge, signal);
    onProgress?.(1, 1);
    return gammaModel({
      format: 'tickforest-gamma-1',
      scaler,
      weights: Array.from(fitted.weights),
      range: fitted.range,
    });
  },

  load: fromJson,
  // As with a linear model, the header alone holds its few hundred numbers.
  unpack: ({ header }) => fromJson(header),
};

/** @throws UserError unless the target is 0 or more everywhere, and somewhere more */
function requireTarget(target: Float64Array): void {
  const row = target.findIndex((value) => !(value >= 0 && value < Number.POSITIVE_INFINITY));
  if (row >= 0)
    throw new UserError(
      `The engine gamma predicts what is 0 or more, and the target of row ${row} is ${target[row]}.`,
      'Fit with the engine forest or linear.',
    );
  if (target.every((value) => value === 0))
    throw new UserError(
      'The target is 0 in every row, and the engine gamma then has nothing to fit.',
      'Train on more bars.',
    );
}

function fromJson(json: unknown): FittedModel {
  const { format } = json as GammaJson;
  if (format !== 'tickforest-gamma-1') throw new RangeError(`not a gamma regression: its format is ${String(format)}`);
  return gammaModel(json as GammaJson);
}

function gammaModel(json: GammaJson): FittedModel {
  const { scaler, range } = json;
  const weights = Float64Array.from(json.weights);
  const [lowest, highest] = range;
  const means = (scores: Float64Array) => scores.map((score) => Math.exp(Math.min(highest, Math.max(lowest, score))));
  const requireColumns = (columns: Float64Array[]) => {
    if (columns.length === scaler.mean.length) return;
    throw new RangeError(`the model was fitted on ${scaler.mean.length} columns and is given ${columns.length}`);
  };
  return {
    engine: 'gamma',
    importance: importanceOf(weights, scaler),
    toJSON: () => json,
    pack: () => ({ header: json, arrays: {} }),
    predict(columns) {
      requireColumns(columns);
      const predicted = new Float64Array(columns[0].length);
      forEachBlock(columns, scaler, (block, start, rows) => {
        predicted.set(means(blockScores(block, rows, weights)), start);
      });
      return predicted;
    },
    permuted(columns, groupOf, groups, source) {
      requireColumns(columns);
      return permutedScores(columns, scaler, [weights], groupOf, groups, source).map(([scores]) => means(scores));
    },
  };
}

/** Size of the standardised weights; a constant column has none. */
function importanceOf(weights: Float64Array, scaler: Scaler): Float64Array {
  const sizes = Float64Array.from(scaler.factor, (factor, i) => (factor === 0 ? 0 : Math.abs(weights[i])));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return total === 0 ? sizes : sizes.map((size) => size / total);
}
