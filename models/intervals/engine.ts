import { z } from 'zod';
import { UserError } from '#lib/errors.ts';
import type { Engine, FitOptions, FittedModel, RowSymbols } from '#models/engine.ts';
import { type LinearJson, linearEngine } from '#models/linear/engine.ts';
import { ridgeOutOfBlock } from '#models/linear/out_of_block.ts';
import { parseParameters } from '#models/parameters.ts';
import { besidePoints } from '#models/quantile_rows.ts';
import { type ConformalState, conformalLevels, startConformal } from './conformal.ts';
import { type FittedIntervals, fitIntervals, predictIntervals } from './fit.ts';

const parametersSchema = z.strictObject({
  ridge: z
    .number()
    .nonnegative()
    .default(0)
    .describe('penalty on a weight of the size, as a share of the rows; 0 chooses it within the training rows'),
  clip: z.number().positive().default(4).describe('deviations beyond which a standardised value is cut'),
});

/** A log return below a tenth of a basis point counts as that: many are 0, whose logarithm is none. */
const leastSize = 1e-5;

interface IntervalsJson {
  format: 'tickforest-intervals-1';
  /** A linear model of the logarithm of the size of the return. */
  size: unknown;
  /** Of return / predicted size. */
  ratios: FittedIntervals;
  /** A linear model of the return. */
  point: unknown;
  /** Where the upkeep of both intervals begins: no miss has been seen. */
  conformal: { inner: ConformalState; outer: ConformalState };
}

/**
 * Quantiles of a return: those of return / predicted size, by symbol where it has enough rows, times the predicted size; and a
 * point forecast by ridge regression with a chosen penalty. The size is exp of the mean of ln |return|, which is a multiple of
 * the deviation as long as the shape stays the same, and is predicted by ridge regression. On the rows of its own fit ratios are
 * too small where there are many features, so each is taken with a size that was fitted to other spells of time. The seed does
 * not matter.
 */
export const intervalsEngine: Engine = {
  name: 'intervals',

  async fit(columns, target, { task, parameters, weights, classWeights, time, of, onProgress, ...options }) {
    options.signal?.throwIfAborted();
    if (task.kind !== 'quantiles')
      throw new UserError('The engine intervals predicts quantiles alone.', 'Fit with the engine forest or linear.');
    if (weights ?? classWeights) throw new UserError('The engine intervals takes no weights.', 'Leave them out.');
    if (!time) throw new RangeError('spells are parted by the times of the rows, and there are none');
    const { ridge, clip } = parseParameters('intervals', parametersSchema, parameters);
    const fitting: FitOptions = {
      ...options,
      ...{ task: { kind: 'regression' }, parameters: { ridge, clip }, time, known: undefined },
    };
    const logSize = target.map((value) => Math.log(Math.max(leastSize, Math.abs(value))));
    const size = await linearEngine.fit(columns, logSize, fitting);
    onProgress?.(1, 3);
    const chosen = (size.toJSON() as LinearJson).ridge;
    const sizes = ridgeOutOfBlock(columns, logSize, { ridge: chosen, clip }, time).map(Math.exp);
    const { symbols, symbolOf } = of ?? noSymbols(target.length);
    const ratios = fitIntervals({ returns: target, deviations: sizes, symbolOf, symbols });
    onProgress?.(2, 3);
    const point = await linearEngine.fit(columns, target, { ...fitting, parameters: { ridge: 0, clip } });
    onProgress?.(3, 3);
    return intervalsModel({
      size,
      ratios,
      point,
      conformal: { inner: startConformal(0.5), outer: startConformal(0.1) },
    });
  },

  load: fromJson,
  // As with its parts, the header alone holds its few thousand numbers.
  unpack: ({ header }) => fromJson(header),
};

function fromJson(json: unknown): FittedModel {
  const { format, size, point, ...rest } = json as IntervalsJson;
  if (format !== 'tickforest-intervals-1')
    throw new RangeError(`not a model of intervals: its format is ${String(format)}`);
  return intervalsModel({ ...rest, size: linearEngine.load(size), point: linearEngine.load(point) });
}

type Parts = Pick<IntervalsJson, 'ratios' | 'conformal'> & Record<'size' | 'point', FittedModel>;

function intervalsModel({ size, ratios, point, conformal }: Parts): FittedModel {
  const json: IntervalsJson = {
    ...{ format: 'tickforest-intervals-1', size: size.toJSON(), ratios, point: point.toJSON(), conformal },
  };
  const levels = conformalLevels(conformal);
  const rows = (logSizes: Float64Array, points: Float64Array, of: RowSymbols = noSymbols(points.length)) =>
    besidePoints(predictIntervals(ratios, logSizes.map(Math.exp), of.symbolOf, of.symbols, levels), points);
  return {
    engine: 'intervals',
    // The loss sees the quantiles alone, and they rest on the size.
    importance: size.importance,
    toJSON: () => json,
    pack: () => ({ header: json, arrays: {} }),
    predict: (columns, of) => rows(size.predict(columns), point.predict(columns), of),
    permuted(columns, groupOf, groups, source, of) {
      const points = point.permuted(columns, groupOf, groups, source);
      const logSizes = size.permuted(columns, groupOf, groups, source);
      return logSizes.map((own, group) => rows(own, points[group], of));
    },
  };
}

/** Rows of one symbol that is not known, whose ratios are those of all. */
function noSymbols(rows: number): RowSymbols {
  return { symbols: [''], symbolOf: new Uint16Array(rows) };
}
