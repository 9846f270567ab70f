import { createHash } from 'node:crypto';
import type { TrainingWindow } from '#features/frames/training.ts';
import { appendRows, type NewRow } from '#lib/questdb/append.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { barMicros } from '#lib/timeframe.ts';
import type { Candidate } from '#models/candidate.ts';
import { modelNamed } from '#models/catalogue.ts';
import type { Parameters } from '#models/engine.ts';
import { shuffleLabels } from '#models/shuffle_labels.ts';
import { innerLoss } from '#models/tuning/inner_loss.ts';
import { trialParameters } from '#models/tuning/space.ts';
import { innerSplit } from '#models/validation/walk_forward.ts';
import { codeVersion } from './code_version.ts';
import type { RunSettings } from './fit_run.ts';
import { frameOf, type KeptFrame, type LoadFrame, loadFrame } from './kept_frame.ts';

/** What a search depends on, but for the number of its trials: a longer one goes on from a shorter one. */
export interface SearchSettings
  extends Pick<RunSettings, 'model' | 'folds' | 'walk' | 'embargo_bars' | 'initial_share' | 'seed' | 'shuffled'> {
  engine: string;
  window: TrainingWindow;
  frame: KeptFrame;
}

export interface Search extends SearchSettings {
  id: string;
  trials: number;
}

/** A request to try one configuration on the training part of one outer fold; −1 is the whole window. */
export interface TrialJob {
  search: Search;
  fold: number;
  trial: number;
}

export interface Trial {
  fold: number;
  trial: number;
  parameters: Parameters;
  /** Means over the inner test rows. */
  loss: number;
  baseline: number;
  seconds: number;
}

export function searchOf(settings: SearchSettings, trials: number): Search {
  const decides = JSON.stringify({ ...settings, inner: innerSplit, version: codeVersion });
  return { ...settings, trials, id: createHash('sha256').update(decides).digest('hex').slice(0, 16) };
}

/** All trials of a search: of each outer fold, and of the whole window. */
export function trialsOf(search: Search): TrialJob[] {
  const parts = [...Array.from({ length: search.folds }, (_, fold) => fold), -1];
  return parts.flatMap((fold) => Array.from({ length: search.trials }, (_, trial) => ({ search, fold, trial })));
}

/**
 * Makes one trial and stores it as a row; one that is stored already is only read, so that a search which was cut off
 * goes on where it was.
 */
export async function runTrial(
  db: QuestDb,
  dataDir: string,
  job: TrialJob,
  load: LoadFrame = loadFrame,
): Promise<Trial> {
  const { search, fold, trial } = job;
  const definition = modelNamed(search.model);
  const [known] = await db.rows('runs/trial', { search_id: search.id, fold, trial });
  if (known) return { fold, trial, ...known, parameters: JSON.parse(known.parameters) };
  const started = performance.now();
  const kept = await frameOf(db, dataDir, search.window, search.frame, load);
  const frame = search.shuffled ? shuffleLabels(kept, search.seed) : kept;
  const parameters = trialParameters(definition, search.engine, search.seed, trial);
  const found = await innerLoss(
    definition,
    frame,
    fold,
    { engine: search.engine, parameters },
    {
      horizon: search.window.horizon,
      barMicros: barMicros(search.window.timeframe),
      folds: search.folds,
      walk: search.walk,
      embargoBars: search.embargo_bars,
      initialShare: search.initial_share,
      seed: search.seed,
    },
  );
  const made = { fold, trial, parameters, ...found, seconds: (performance.now() - started) / 1000 };
  await appendRows(db.address, 'model_trials', [rowOf(search, made, false)]);
  return made;
}

/**
 * What a search found: the configuration of lowest inner loss of each training part, as one candidate. The choice is marked
 * in the rows.
 * @throws RangeError when trials are missing
 */
export async function completeSearch(
  db: QuestDb,
  search: Search,
  trials: readonly Trial[],
): Promise<{ id: string; candidate: Candidate }> {
  const best = (fold: number) => {
    const own = trials.filter((each) => each.fold === fold);
    if (own.length !== search.trials)
      throw new RangeError(`the search ${search.id} has ${own.length} of ${search.trials} trials of fold ${fold}`);
    return own.reduce((a, b) => (b.loss < a.loss || (b.loss === a.loss && b.trial < a.trial) ? b : a));
  };
  const ofFolds = Array.from({ length: search.folds }, (_, fold) => best(fold));
  const whole = best(-1);
  const chosen = [...ofFolds, whole].map((trial) => rowOf(search, trial, true));
  await appendRows(db.address, 'model_trials', chosen);
  await db.applied(['model_trials']);
  const candidate = {
    name: `${search.engine}_tuned`,
    engine: search.engine,
    parameters: whole.parameters,
    ofFolds: ofFolds.map(({ parameters }) => parameters),
  };
  return { id: search.id, candidate };
}

function rowOf(search: Search, { fold, trial, parameters, loss, baseline, seconds }: Trial, chosen: boolean): NewRow {
  const { model, engine, window } = search;
  return {
    ts: window.to,
    symbols: { model, timeframe: window.timeframe, venue: window.venue, engine },
    strings: { search_id: search.id, parameters: JSON.stringify(parameters) },
    longs: { fold, trial },
    doubles: { loss, baseline, seconds },
    booleans: { chosen },
    timestamps: { created_at: Date.now() * 1000 },
  };
}
