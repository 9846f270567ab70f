import { column, type Frame } from '#lib/frame.ts';
import type { BarContext } from '#models/baseline.ts';
import type { Candidate } from '#models/candidate.ts';
import type { ModelDefinition } from '#models/definition.ts';
import type { FittedModel, Parameters } from '#models/engine.ts';
import { engineNamed } from '#models/engines.ts';
import { besidesOf } from '#models/fitted_baselines.ts';
import { rowsBetween } from '#models/frame_rows.ts';
import { type InputSet, inputsOf } from '#models/inputs.ts';
import { type Task, widthOf } from '#models/task.ts';
import { tickBasisPoints } from '#models/tick_size.ts';
import { blockRows, gainPValues } from './block_lengths.ts';
import { type Calibration, calibrationsOf } from './calibration.ts';
import { type MetricRow, skillOf } from './metric_rows.ts';
import { meanOf } from './metrics.ts';
import { type OutOfFold, predictOutOfFold } from './out_of_fold.ts';
import type { FoldModel } from './permutation.ts';
import { pointRows } from './point_rows.ts';
import { practitionerRows, type Tradability } from './practitioner_rows.ts';
import { testMetrics, trainMetrics } from './slice_metrics.ts';
import { tieRows } from './tie_rows.ts';
import type { Fold } from './walk_forward.ts';
import { type WithoutBest, withoutBestSymbol } from './without_best_symbol.ts';
import { type WithoutCoarse, withoutCoarseTicks } from './without_coarse_ticks.ts';

/** The baseline's and the rules' forecasts on the folds. */
export interface BaselineResult extends OutOfFold {
  /** Which forecast was chosen, of each fold. */
  names: string[];
  losses: Float64Array;
  rules: Map<string, Float64Array>;
  besides: Map<string, Float64Array>;
}

/** How one candidate did, out of fold. */
export interface CandidateResult {
  candidate: Candidate;
  /** Mean losses over all test rows. */
  loss: number;
  baselineLoss: number;
  skill: number;
  /** One-sided, the largest of several block lengths, corrected for the number of candidates, and before that. */
  pValue: number;
  uncorrectedPValue: number;
  /** Without the symbol that carries most of it; null where there is one symbol. Its p-value is corrected like the other. */
  withoutBest: WithoutBest | null;
  /** Without the symbols of coarse ticks; null where there are none, or of a model that says nothing of returns. Likewise. */
  withoutCoarse: WithoutCoarse | null;
  /** null where the model says no side, or always the same, or no fee was given. */
  tradability: Tradability | null;
  /** In some fold its predictions do not vary. */
  constant: boolean;
  /** By class name, or of `value` for numbers and quantiles. */
  calibration: Record<string, Calibration>;
  /** Mean over the folds of each feature's share in the decisions. */
  importance: Record<string, number>;
  metrics: MetricRow[];
  /** Of each test row, in order. */
  predictions: Float64Array;
  losses: Float64Array;
  /** Seconds that the fits of all folds took. */
  fitSeconds: number;
}

/** A result with the models that it is of, one a fold. */
export interface CrossValidated {
  result: CandidateResult;
  fitted: FittedModel[];
}

export interface CrossValidationOptions extends BarContext {
  seed: number;
  /** Fee of one side of a trade in basis points; without one there is no figure after costs. */
  feeBp?: number;
  workers: number;
  signal: AbortSignal | undefined;
  /** A model that another candidate has on the same rows and features. */
  known?(fold: Fold, inputs: InputSet | undefined, engine: string, parameters: Parameters): FittedModel | undefined;
  /** @param fitted rows of the fit that is done */
  progress(what: string, fitted: number): void;
}

export async function crossValidateBaseline(
  definition: ModelDefinition,
  frame: Frame,
  folds: Fold[],
  context: BarContext,
): Promise<BaselineResult> {
  const names: string[] = [];
  const outOfFold = await predictOutOfFold(frame, folds, widthOf(definition.task), (train) => {
    const fitted = definition.baseline.fit(train, context);
    names.push(fitted.name);
    return fitted.predict;
  });
  const besides = new Map<string, Float64Array>();
  for (const beside of besidesOf(definition, frame)) {
    const width = widthOf(definition.task);
    const { test } = await predictOutOfFold(frame, folds, width, (train) => beside.fit(train, context).predict);
    besides.set(beside.name, test);
  }
  const rules = new Map<string, Float64Array>();
  for (const rule of definition.rules) {
    rules.set(rule.name, (await predictOutOfFold(frame, folds, 1, (train) => rule.fit(train))).test);
  }
  return {
    ...outOfFold,
    names,
    rules,
    besides,
    losses: definition.loss.rows(outOfFold.test, testTarget(definition, frame, folds)),
  };
}

/** Fits a candidate fold by fold and measures it. Its `pValue` is not yet corrected. */
export async function crossValidateCandidate(
  definition: ModelDefinition,
  frame: Frame,
  folds: Fold[],
  baseline: BaselineResult,
  candidate: Candidate,
  options: CrossValidationOptions,
): Promise<CrossValidated> {
  const { horizon, barMicros, seed, feeBp, workers, signal, progress } = options;
  const { task, loss } = definition;
  const features = inputsOf(frame, candidate.inputs);
  const inputs = (part: Frame) => features.map((name) => column(part, name));
  const shares = new Float64Array(features.length);
  const ofFolds: FittedModel[] = [];
  let fitSeconds = 0;
  const { test, train } = await predictOutOfFold(frame, folds, widthOf(task), async (part, fold) => {
    const started = performance.now();
    const parameters = candidate.ofFolds?.[fold.index] ?? candidate.parameters;
    const time = { ts: part.ts, horizon, barMicros };
    const known = (engine: string, of: Parameters) => options.known?.(fold, candidate.inputs, engine, of);
    const fit = { task, features, parameters, seed, workers, signal, time, of: part, known };
    const fitted = await engineNamed(candidate.engine).fit(inputs(part), column(part, definition.target), fit);
    fitSeconds += (performance.now() - started) / 1000;
    ofFolds.push(fitted);
    fitted.importance.forEach((share, i) => {
      shares[i] += share / folds.length;
    });
    progress(`${candidate.name}, fold ${fold.index + 1} of ${folds.length}`, part.rows);
    return (rows) => fitted.predict(inputs(rows), rows);
  });

  const first = folds[0].test.from;
  const target = testTarget(definition, frame, folds);
  const losses = loss.rows(test, target);
  const [mine, theirs] = [meanOf(losses), meanOf(baseline.losses)];
  const gains = losses.map((value, row) => baseline.losses[row] - value);
  const { pValue, byBlock } = gainPValues({ ts: frame.ts.subarray(first), gains, barMicros, horizon, seed });
  const scored = {
    ts: frame.ts.subarray(first),
    symbols: frame.symbols,
    symbolOf: frame.symbolOf.subarray(first),
    losses,
    baselineLosses: baseline.losses,
    ...{ barMicros, horizon, seed },
  };
  const withoutBest = withoutBestSymbol(scored);
  const withoutCoarse = definition.ofReturns ? withoutCoarseTicks(scored, tickBasisPoints(frame)) : null;
  const { metrics: ofPractice, tradability } = practitionerRows(
    definition,
    rowsBetween(frame, first, frame.rows),
    { model: test, baseline: baseline.test },
    { horizon, barMicros, feeBp },
  );
  const result: CandidateResult = {
    candidate,
    loss: mine,
    baselineLoss: theirs,
    skill: skillOf(mine, theirs),
    pValue,
    uncorrectedPValue: pValue,
    withoutBest,
    withoutCoarse,
    tradability,
    constant: folds.some((fold) => isConstant(task, partOf(test, fold, first, widthOf(task)), target)),
    calibration: calibrationsOf(definition, test, target),
    importance: Object.fromEntries(features.map((name, i) => [name, shares[i]])),
    metrics: [
      ...testMetrics(definition, frame, folds, {
        target,
        predictions: test,
        baseline: baseline.test,
        rules: baseline.rules,
        besides: baseline.besides,
      }),
      ...trainMetrics(definition, frame, folds, train, baseline.train),
      ...tieRows(definition, frame, folds, losses, baseline.losses),
      ...pointRows(definition, rowsBetween(frame, first, frame.rows), test, baseline.test, {
        horizon,
        barMicros,
        seed,
      }),
      ...ofPractice,
      ...blockRows('p_value', byBlock),
      ...blockRows('p_value_without_best_symbol', withoutBest?.byBlock ?? []),
      ...blockRows('p_value_without_coarse_ticks', withoutCoarse?.byBlock ?? []),
    ],
    predictions: test,
    losses,
    fitSeconds,
  };
  return { result, fitted: ofFolds };
}

/** The models of the folds, each with its test rows. */
export function testedModels(
  definition: ModelDefinition,
  frame: Frame,
  folds: Fold[],
  baseline: BaselineResult,
  { candidate, fitted }: { candidate: Candidate; fitted: FittedModel[] },
): FoldModel[] {
  const features = inputsOf(frame, candidate.inputs);
  const first = folds[0].test.from;
  return folds.map(({ test: { from, until } }, i) => {
    const part = rowsBetween(frame, from, until);
    return {
      fitted: fitted[i],
      columns: features.map((name) => column(part, name)),
      of: part,
      target: column(part, definition.target),
      baselineLosses: baseline.losses.subarray(from - first, until - first),
    };
  });
}

function testTarget(definition: ModelDefinition, frame: Frame, folds: Fold[]): Float64Array {
  return column(frame, definition.target).subarray(folds[0].test.from);
}

function partOf(values: Float64Array, { test }: Fold, first: number, width: number): Float64Array {
  return values.subarray((test.from - first) * width, (test.until - first) * width);
}

/** Whether predictions vary by less than a millionth of what they predict. */
function isConstant(task: Task, predictions: Float64Array, target: Float64Array): boolean {
  const width = widthOf(task);
  const mean = meanOf(target);
  const spread = task.kind === 'classes' ? 1 : Math.sqrt(meanOf(target.map((value) => (value - mean) ** 2)));
  return predictions.every((value, i) => Math.abs(value - predictions[i % width]) <= 1e-6 * spread);
}
