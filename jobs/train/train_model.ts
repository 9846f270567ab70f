import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue, setHash } from '#features/catalogue.ts';
import { trainingStatement } from '#features/frames/training.ts';
import { inputColumns } from '#features/inputs.ts';
import { UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import type { Timeframe } from '#lib/timeframe.ts';
import { isSimulated } from '#lib/venue.ts';
import { readImportance, readMetadata, writeArtifact } from '#models/artifact.ts';
import { type Candidate, regimeCandidates, startingCandidates } from '#models/candidate.ts';
import { modelNamed } from '#models/catalogue.ts';
import type { Evaluation } from '#models/evaluate.ts';
import { artifactFormat } from '#models/trained.ts';
import { permutationSettings } from '#models/validation/permutation.ts';
import { defaultInitialShare } from '#models/validation/walk_forward.ts';
import { codeVersion } from './code_version.ts';
import { artifactParts, type CandidateMetrics, fitRun, type RunSettings } from './fit_run.ts';
import { frameOf, type KeptFrame, keepFrame, type LoadFrame, loadFrame } from './kept_frame.ts';
import { recordRun } from './record_run.ts';
import type { Run, StoredRun, TrainJob } from './run.ts';
import { completeSearch, type Trial } from './search.ts';

/**
 * Fits, validates and stores one model; with a search, the parameters that its trials chose are a candidate too. The run's
 * id follows from the job and the data: doing it again finds the artifact and only makes sure that its rows are there.
 */
export async function trainModel(
  db: QuestDb,
  dataDir: string,
  job: TrainJob,
  onProgress: (share: number, what: string) => void = () => {},
  trials: readonly Trial[] = [],
  load: LoadFrame = loadFrame,
): Promise<StoredRun> {
  const started = performance.now();
  const { window } = job;
  const simulated = isSimulated(window.venue);
  if (simulated && !job.allowSimulated)
    throw new UserError(
      `The venue ${window.venue} is a simulated market, and models are not trained on made-up data.`,
      'Give --allow-simulated to try the machinery on it all the same; such a run can never be promoted.',
    );
  const kept = job.frame ?? (await keepFrame(db, dataDir, window));
  const search = job.search && (await completeSearch(db, job.search, trials));
  const { settings, searched, runId, artifact } = planOf(job, kept, search);
  const directory = join(dataDir, artifact);

  if (!existsSync(join(directory, 'metadata.json'))) {
    const frame = await frameOf(db, dataDir, window, kept, load);
    const families = new Map(catalogue(window.timeframe).map(({ name, family }) => [name, family]));
    const evaluation = await fitRun(frame, settings, families, (_done, _total, what, share) => onProgress(share, what));
    const run = {
      ...settings,
      ...describe(job, evaluation, modelNamed(job.model).loss.name),
      run_id: runId,
      simulated,
      search: searched,
      feature_set: setHash(window.timeframe),
      artifact,
    };
    const frameRecord = { file: kept.file, digest: kept.digest, statement: trainingStatement(window) };
    const metadata: Run = {
      ...run,
      frame: frameRecord,
      seconds: (performance.now() - started) / 1000,
      created_at: new Date().toISOString(),
    };
    writeArtifact(directory, evaluation.trained, metadata, artifactParts(evaluation));
  }
  const run = readMetadata<Run>(directory);
  await recordRun(db, run, readMetrics(directory), readImportance(directory));
  return run;
}

/**
 * The run that a job would make, where it is stored with all of its rows; its data are those of the job's frame. Of a job
 * with a search only its trials tell.
 */
export async function storedRun(db: QuestDb, dataDir: string, job: TrainJob): Promise<StoredRun | undefined> {
  if (!job.frame || job.search || (isSimulated(job.window.venue) && !job.allowSimulated)) return undefined;
  const { runId, artifact } = planOf(job, job.frame, undefined);
  const directory = join(dataDir, artifact);
  if (!existsSync(join(directory, 'metadata.json'))) return undefined;
  // The row of a run is written last.
  const rows = await db.rows('runs/by_id', { run_id: runId });
  return rows.length > 0 ? readMetadata<Run>(directory) : undefined;
}

/** What is tried for a model before any search. */
export function candidatesOf(model: string, timeframe: Timeframe, perRegime = false): Candidate[] {
  const pooled = startingCandidates(
    modelNamed(model),
    inputColumns(timeframe).map(({ name }) => name),
  );
  return [...pooled, ...(perRegime ? regimeCandidates(pooled) : [])];
}

/** What decides the outcome of a job, and the id and the place that follow from it. */
function planOf(job: TrainJob, { digest }: KeptFrame, search: { id: string; candidate: Candidate } | undefined) {
  const candidates = [
    ...candidatesOf(job.model, job.window.timeframe, job.perRegime),
    ...(search ? [search.candidate] : []),
  ];
  const settings = settingsOf(job, candidates);
  const searched = search && { id: search.id, engine: job.search!.engine, trials: job.search!.trials };
  const { window } = job;
  const runId = idOf({ window, ...settings, search: searched, importance: permutationSettings, data: digest });
  return { settings, searched, runId, artifact: join('artifacts', job.model, runId) };
}

/** The embargo is as long as the horizon, and the first two fifths of the bars only ever train. */
function settingsOf(job: TrainJob, candidates: Candidate[]): RunSettings {
  const { model, window, folds, walk, seed, feeBp, shuffled } = job;
  const { timeframe, horizon } = window;
  const split = { folds, walk, embargo_bars: horizon, initial_share: defaultInitialShare };
  const judged = shuffled ? { chance_baseline: true } : {};
  return { model, timeframe, horizon, ...split, seed, fee_bp: feeBp, shuffled, ...judged, candidates };
}

function readMetrics(directory: string): CandidateMetrics[] {
  return JSON.parse(readFileSync(join(directory, 'metrics.json'), 'utf8')) as CandidateMetrics[];
}

function describe(job: TrainJob, evaluation: Evaluation, metric: string) {
  const { winner, candidates } = evaluation;
  const { window } = job;
  return {
    engine: winner.candidate.name,
    parameters: winner.candidate.parameters,
    venue: window.venue,
    constant: winner.constant,
    symbols: evaluation.symbols,
    window: {
      from: isoTime(evaluation.from),
      to: isoTime(evaluation.until),
      bars: evaluation.bars,
      rows: evaluation.rows,
    },
    excluded_share: job.excludedShare,
    excluded_why: job.excludedWhy,
    metric,
    value: winner.loss,
    baseline: winner.baselineLoss,
    baseline_name: [...new Set(evaluation.baselines)].join(', '),
    skill: winner.skill,
    p_value: winner.pValue,
    without_best: winner.withoutBest && {
      symbol: winner.withoutBest.symbol,
      skill: winner.withoutBest.skill,
      p_value: winner.withoutBest.pValue,
    },
    without_coarse: winner.withoutCoarse && {
      symbols: winner.withoutCoarse.coarse.length,
      ...(winner.withoutCoarse.left > 0
        ? { skill: winner.withoutCoarse.skill, p_value: winner.withoutCoarse.pValue }
        : { skill: null, p_value: null }),
    },
    tradability: winner.tradability && {
      break_even_bp: winner.tradability.breakEven,
      cost_bp: winner.tradability.cost,
    },
    candidates: candidates.map((each) => ({
      name: each.candidate.name,
      engine: each.candidate.engine,
      inputs: each.candidate.inputs,
      parameters: each.candidate.parameters,
      ofFolds: each.candidate.ofFolds,
      loss: each.loss,
      skill: each.skill,
      p_value: each.pValue,
      p_value_uncorrected: each.uncorrectedPValue,
    })),
    features: evaluation.features.length,
    code_version: codeVersion,
    fit_seconds: candidates.reduce((sum, each) => sum + each.fitSeconds, 0),
    fitted_on: 'the whole window' as const,
  };
}

function isoTime(micros: number): string {
  return new Date(micros / 1000).toISOString();
}

/** Sixteen hex digits of what decides the outcome. */
function idOf(parts: object): string {
  return createHash('sha256')
    .update(JSON.stringify({ ...parts, version: codeVersion, artifact: artifactFormat }))
    .digest('hex')
    .slice(0, 16);
}
