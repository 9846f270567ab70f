import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue, setHash } from '#features/catalogue.ts';
import { trainingStatement } from '#features/frames/training.ts';
import { UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { isSimulated } from '#lib/venue.ts';
import { readImportance, readMetadata, writeArtifact } from '#models/artifact.ts';
import { type Candidate, regimeCandidates, startingCandidates } from '#models/candidate.ts';
import { modelNamed } from '#models/catalogue.ts';
import type { Evaluation } from '#models/evaluate.ts';
import { permutationSettings } from '#models/validation/permutation.ts';
import { defaultInitialShare } from '#models/validation/walk_forward.ts';
import { codeVersion } from './code_version.ts';
import { artifactParts, type CandidateMetrics, fitRun, type RunSettings } from './fit_run.ts';
import { keepFrame } from './kept_frame.ts';
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
): Promise<StoredRun> {
  const started = performance.now();
  const { window } = job;
  const simulated = isSimulated(window.venue);
  if (simulated && !job.allowSimulated)
    throw new UserError(
      `The venue ${window.venue} is a simulated market, and models are not trained on made-up data.`,
      'Give --allow-simulated to try the machinery on it all the same; such a run can never be promoted.',
    );
  const definition = modelNamed(job.model);
  const fetched = await keepFrame(db, dataDir, window);
  const pooled = startingCandidates(definition);
  const search = job.search && (await completeSearch(db, job.search, trials));
  const candidates = [
    ...pooled,
    ...(job.perRegime ? regimeCandidates(pooled) : []),
    ...(search ? [search.candidate] : []),
  ];
  const settings = settingsOf(job, candidates);
  const searched = search && { id: search.id, engine: job.search!.engine, trials: job.search!.trials };
  const runId = idOf({ window, ...settings, search: searched, importance: permutationSettings, data: fetched.digest });
  const artifact = join('artifacts', definition.name, runId);
  const directory = join(dataDir, artifact);

  if (!existsSync(join(directory, 'metadata.json'))) {
    const families = new Map(catalogue(window.timeframe).map(({ name, family }) => [name, family]));
    const evaluation = await fitRun(fetched.frame, settings, families, (done, total, what) =>
      onProgress(done / total, what),
    );
    const run = {
      ...settings,
      ...describe(job, evaluation, definition.loss.name),
      run_id: runId,
      simulated,
      search: searched,
      feature_set: setHash(window.timeframe),
      artifact,
    };
    const frameRecord = { file: fetched.file, digest: fetched.digest, statement: trainingStatement(window) };
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

/** The embargo is as long as the horizon, and the first two fifths of the bars only ever train. */
function settingsOf(job: TrainJob, candidates: Candidate[]): RunSettings {
  const { model, window, folds, walk, seed, shuffled } = job;
  const { timeframe, horizon } = window;
  const split = { folds, walk, embargo_bars: horizon, initial_share: defaultInitialShare };
  return { model, timeframe, horizon, ...split, seed, shuffled, candidates };
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
    candidates: candidates.map((each) => ({
      name: each.candidate.name,
      engine: each.candidate.engine,
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
    .update(JSON.stringify({ ...parts, version: codeVersion }))
    .digest('hex')
    .slice(0, 16);
}
