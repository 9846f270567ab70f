import type { Frame } from '#lib/frame.ts';
import { barMicros, type Timeframe } from '#lib/timeframe.ts';
import type { Candidate } from '#models/candidate.ts';
import { modelNamed } from '#models/catalogue.ts';
import { type EvaluateOptions, type Evaluation, evaluateModel } from '#models/evaluate.ts';
import { shuffleLabels } from '#models/shuffle_labels.ts';
import type { Walk } from '#models/validation/walk_forward.ts';

/** What decides the outcome of a run, beside its data and the code. All of it is in the run's metadata. */
export interface RunSettings {
  model: string;
  timeframe: Timeframe;
  horizon: number;
  folds: number;
  walk: Walk;
  /** Bars left out before each test part, beyond those whose labels reach into it. */
  embargo_bars: number;
  /** Share of the bars that only ever train. */
  initial_share: number;
  seed: number;
  /** Fee of one side of a trade in basis points, for the figures after costs. */
  fee_bp: number;
  /** Labels are permuted before anything else: proof that validation finds no skill where there is none. */
  shuffled: boolean;
  /** Judged against chance alone; shuffled runs of before were judged against the model's baseline, and have no such field. */
  chance_baseline?: boolean;
  candidates: readonly Candidate[];
}

/**
 * Validates and fits a model: the same settings on the same frame give the same figures and the same model, bit for bit.
 * @param families family of each feature, by whose shuffling importance is measured as well
 */
export function fitRun(
  frame: Frame,
  settings: RunSettings,
  families: ReadonlyMap<string, string>,
  onProgress?: EvaluateOptions['onProgress'],
): Promise<Evaluation> {
  const { seed, shuffled, candidates } = settings;
  return evaluateModel(modelNamed(settings.model), shuffled ? shuffleLabels(frame, seed) : frame, {
    horizon: settings.horizon,
    barMicros: barMicros(settings.timeframe),
    folds: settings.folds,
    walk: settings.walk,
    embargoBars: settings.embargo_bars,
    initialShare: settings.initial_share,
    seed,
    chanceOnly: settings.chance_baseline,
    feeBp: settings.fee_bp,
    candidates: candidates.map(({ name, engine, inputs, parameters, ofFolds }) => ({
      name,
      engine,
      inputs,
      parameters,
      ofFolds,
    })),
    families,
    onProgress,
  });
}

/** Figures of one candidate as kept in metrics.json. */
export interface CandidateMetrics {
  /** The candidate's name, by which the rows of one run are told apart. */
  engine: string;
  metrics: Evaluation['winner']['metrics'];
  calibration: Evaluation['winner']['calibration'];
}

/** What an artifact keeps beside the model and its metadata, by the name of the file. */
export function artifactParts({ candidates, importance, folds, winner }: Evaluation) {
  const metrics: CandidateMetrics[] = candidates.map((each) => ({
    engine: each.candidate.name,
    metrics: each.metrics,
    calibration: each.calibration,
  }));
  return { metrics, importance, out_of_fold: { from: folds[0].test.from, losses: Array.from(winner.losses) } };
}
