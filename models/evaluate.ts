import { isDeepStrictEqual } from 'node:util';
import { column, type Frame } from '#lib/frame.ts';
import type { BarContext } from './baseline.ts';
import { type Candidate, startingCandidates } from './candidate.ts';
import { chanceBaseline } from './chance_baseline.ts';
import type { ModelDefinition } from './definition.ts';
import type { Parameters } from './engine.ts';
import { engineNamed } from './engines.ts';
import { rangesOf } from './feature_ranges.ts';
import { fitBaselines } from './fitted_baselines.ts';
import { checkFoldClasses, checkTrainingFrame } from './frame_checks.ts';
import { featuresOf } from './frame_rows.ts';
import { type Importance, importanceOf } from './importance.ts';
import { type InputSet, inputsOf } from './inputs.ts';
import { comparedWithPooled } from './pooled_comparison.ts';
import { shownScaleOf } from './shown_scale.ts';
import type { TrainedModel } from './trained.ts';
import { requireBlocks } from './validation/bootstrap.ts';
import {
  type CandidateResult,
  type CrossValidated,
  crossValidateBaseline,
  crossValidateCandidate,
  testedModels,
} from './validation/cross_validate.ts';
import { holm } from './validation/holm.ts';
import { permutationImportance, permutationSettings } from './validation/permutation.ts';
import { type Fold, type Walk, walkForward } from './validation/walk_forward.ts';

/** How much longer the importance of a row takes than its part in a fit; measured, and rough. */
const importanceCost = 4;

export interface EvaluateOptions extends BarContext {
  folds: number;
  seed: number;
  /** Fee of one side of a trade in basis points; without one there is no figure after costs. */
  feeBp?: number;
  /** Engines to try with the model's starting parameters; all unless told. Ignored where `candidates` are given. */
  engines?: string[];
  /** Configurations to try; the p-values are corrected for their number. */
  candidates?: Candidate[];
  /** Threads a fit may use; 1 unless told. No result depends on it. */
  workers?: number;
  /** The family of each feature that has one; families are shuffled as a whole too. */
  families?: ReadonlyMap<string, string>;
  /** How the training parts go; see walkForward, for these three. */
  walk?: Walk;
  embargoBars?: number;
  initialShare?: number;
  /** The labels were shuffled: what is then to be beaten is chance alone, see chanceBaseline. */
  chanceOnly?: boolean;
  /**
   * Called after each of the `total` fits, and at last after the importance of the features; `share` is that of the work
   * that is done, for the fits of later folds take longer than those of the first.
   */
  onProgress?(done: number, total: number, what: string, share: number): void;
  signal?: AbortSignal;
}

/** The validation of one model and its artifact. All but `trained` is plain data. */
export interface Evaluation {
  model: string;
  horizon: number;
  barMicros: number;
  seed: number;
  features: string[];
  rows: number;
  /** Distinct bars of time. */
  bars: number;
  symbols: string[];
  /** Bar-open times of the first and last bar, microseconds. */
  from: number;
  until: number;
  folds: Fold[];
  /** Which forecast the baseline was, of each fold. */
  baselines: string[];
  candidates: CandidateResult[];
  /** The candidate with the lowest out-of-fold loss. */
  winner: CandidateResult;
  /** The winner's configuration fitted on the whole window. */
  trained: TrainedModel;
  /** What the decisions of `trained` rest on, and what the winner's predictions out of fold lose without it. */
  importance: Importance;
}

/**
 * Validates the candidates of one model walk-forward against its naive baseline, chooses the best of them and fits it
 * on the whole window.
 * @throws UserError for data that cannot be validated on, in one sentence that says what to do
 */
export async function evaluateModel(
  definition: ModelDefinition,
  frame: Frame,
  options: EvaluateOptions,
): Promise<Evaluation> {
  const { horizon, barMicros, seed, feeBp, workers = 1, signal } = options;
  const candidates = options.candidates ?? startingCandidates(definition, featuresOf(frame), options.engines);
  if (candidates.length === 0) throw new RangeError('there is no candidate to evaluate');
  checkTrainingFrame(definition, frame);
  const folds = walkForward(frame.ts, options);
  requireBlocks(Math.round((folds[folds.length - 1].testUntil - folds[0].testFrom) / barMicros) + 1, horizon);
  checkFoldClasses(definition, frame, folds);

  const total = candidates.length * folds.length + 2;
  const ofFold = folds.reduce((sum, { train }) => sum + train.until - train.from, 0);
  const work = candidates.length * ofFold + frame.rows + importanceRows(folds);
  let [done, rows] = [0, 0];
  const progress = (what: string, fitted: number) => {
    rows += fitted;
    options.onProgress?.(++done, total, what, rows / work);
  };
  const judged = options.chanceOnly ? { ...definition, baseline: chanceBaseline(definition) } : definition;
  const baseline = await crossValidateBaseline(judged, frame, folds, { horizon, barMicros });
  const validated: CrossValidated[] = [];
  const known = (fold: Fold, inputs: InputSet | undefined, engine: string, parameters: Parameters) =>
    validated.find(
      ({ result: { candidate } }) =>
        candidate.inputs === inputs &&
        candidate.engine === engine &&
        isDeepStrictEqual(candidate.ofFolds?.[fold.index] ?? candidate.parameters, parameters),
    )?.fitted[fold.index];
  for (const candidate of candidates) {
    validated.push(
      await crossValidateCandidate(definition, frame, folds, baseline, candidate, {
        horizon,
        barMicros,
        seed,
        feeBp,
        workers,
        signal,
        known,
        progress,
      }),
    );
  }
  const corrected = holm(validated.map(({ result }) => result.uncorrectedPValue));
  const correctedWithout = holm(validated.map(({ result }) => result.withoutBest?.pValue ?? 1));
  const correctedFine = holm(validated.map(({ result }) => result.withoutCoarse?.pValue ?? 1));
  const beside = comparedWithPooled(
    definition,
    frame,
    folds,
    validated.map(({ result }) => result),
    { horizon, barMicros, seed },
  );
  const results = validated.map(({ result }, i) =>
    withPValues(
      { ...result, metrics: [...result.metrics, ...beside[i]] },
      {
        all: corrected[i],
        withoutBest: correctedWithout[i],
        withoutCoarse: correctedFine[i],
      },
    ),
  );
  const best = results.reduce((a, b) => (b.loss < a.loss ? b : a));

  const { engine, inputs: set, parameters } = best.candidate;
  const features = inputsOf(frame, set);
  const target = column(frame, definition.target);
  const inputs = features.map((name) => column(frame, name));
  const fitted = await engineNamed(engine).fit(inputs, target, {
    task: definition.task,
    features,
    parameters,
    seed,
    workers,
    signal,
    time: { ts: frame.ts, horizon, barMicros },
    of: frame,
  });
  progress(`${best.candidate.name}, the whole window`, frame.rows);
  const families = options.families ?? new Map<string, string>();
  const ofFolds = validated[results.indexOf(best)].fitted;
  const lost = await permutationImportance({
    loss: definition.loss,
    features,
    families,
    folds: testedModels(definition, frame, folds, baseline, { candidate: best.candidate, fitted: ofFolds }),
    seed,
    signal,
  });
  progress('importance of the features', importanceRows(folds));
  const scale =
    definition.task.kind === 'regression'
      ? shownScaleOf(definition.target, frame, folds[0].test.from, best.predictions)
      : null;
  const span = { horizon, barMicros, seed, features, from: frame.ts[0], until: frame.ts[frame.rows - 1] };
  return {
    model: definition.name,
    ...span,
    rows: frame.rows,
    bars: new Set(frame.ts).size,
    symbols: frame.symbols,
    folds,
    baselines: baseline.names,
    candidates: results,
    winner: { ...best, constant: best.constant || fitted.importance.every((share) => share === 0) },
    trained: {
      ...span,
      definition,
      fitted,
      parameters,
      scale,
      ranges: rangesOf(frame, features),
      baselines: fitBaselines(definition, frame, { horizon, barMicros }),
    },
    importance: importanceOf(features, families, fitted.importance, lost),
  };
}

/** Rows whose fit takes as long as the importance of the features: each of its test rows is predicted again and again. */
function importanceRows(folds: readonly Fold[]): number {
  return folds.reduce(
    (sum, { test }) => sum + importanceCost * Math.min(test.until - test.from, permutationSettings.rows),
    0,
  );
}

/** The result with its corrected p-values, also among its metrics. */
function withPValues(
  result: CandidateResult,
  corrected: { all: number; withoutBest: number; withoutCoarse: number },
): CandidateResult {
  const pooled = { fold: -1, split: 'test', symbol: null, regime: null, baseline: null } as const;
  const metrics = [
    ...result.metrics,
    { ...pooled, metric: 'p_value', value: corrected.all },
    { ...pooled, metric: 'p_value_uncorrected', value: result.uncorrectedPValue },
  ];
  const withoutBest = result.withoutBest && { ...result.withoutBest, pValue: corrected.withoutBest };
  if (withoutBest)
    metrics.push(
      { ...pooled, metric: 'skill_without_best_symbol', value: withoutBest.skill },
      { ...pooled, metric: 'p_value_without_best_symbol', value: withoutBest.pValue },
    );
  const withoutCoarse = result.withoutCoarse && { ...result.withoutCoarse, pValue: corrected.withoutCoarse };
  if (withoutCoarse) {
    metrics.push({ ...pooled, metric: 'coarse_symbols', value: withoutCoarse.coarse.length });
    if (withoutCoarse.left > 0)
      metrics.push(
        { ...pooled, metric: 'skill_without_coarse_ticks', value: withoutCoarse.skill },
        { ...pooled, metric: 'p_value_without_coarse_ticks', value: withoutCoarse.pValue },
      );
  }
  return { ...result, pValue: corrected.all, withoutBest, withoutCoarse, metrics };
}
