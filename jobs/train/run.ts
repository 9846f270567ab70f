import type { TrainingWindow } from '#features/frames/training.ts';
import type { InputSet } from '#models/inputs.ts';
import type { Walk } from '#models/validation/walk_forward.ts';
import type { RunSettings } from './fit_run.ts';
import type { KeptFrame } from './kept_frame.ts';
import type { Search } from './search.ts';

/** Of everything random, unless told otherwise. Another one is tried for its own sake. */
export const usualSeed = 1;

/** What a job is to train: one model. Everything that decides the outcome is in it, so that two workers do the same. */
export interface TrainJob {
  model: string;
  window: TrainingWindow;
  /** Its rows, where they were kept when the job was made; a worker keeps them else. */
  frame?: KeptFrame;
  folds: number;
  walk: Walk;
  seed: number;
  /** Fee of one side of a trade in basis points. */
  feeBp: number;
  /** Try models of each market regime beside the pooled ones. */
  perRegime?: boolean;
  /** Parameters to search for first; the trials are jobs of their own, whose results are handed in. */
  search?: Search;
  /** Permutes the labels: proof that validation finds no skill where there is none. */
  shuffled: boolean;
  allowSimulated: boolean;
  excludedShare: number;
  excludedWhy: string;
}

/** What a run is, as kept in its metadata.json and as a job's result. */
export interface Run extends RunSettings {
  run_id: string;
  /** Name of the candidate that won: its engine, and what was done with it. */
  engine: string;
  parameters: Readonly<Record<string, number>>;
  venue: string;
  simulated: boolean;
  constant: boolean;
  symbols: string[];
  window: { from: string; to: string; bars: number; rows: number };
  excluded_share: number;
  excluded_why: string;
  metric: string;
  value: number;
  baseline: number;
  baseline_name: string;
  skill: number;
  p_value: number;
  /** Without the symbol that carries most of it; null where there is one symbol. */
  without_best: { symbol: string; skill: number; p_value: number } | null;
  /** Without the symbols of coarse ticks; null where there are none, or of a model that says nothing of returns. */
  without_coarse: { symbols: number; skill: number | null; p_value: number | null } | null;
  /** What a side may cost and what it does, in basis points; null where the model says no side, or always the same. */
  tradability: { break_even_bp: number; cost_bp: number } | null;
  candidates: {
    name: string;
    engine: string;
    inputs?: InputSet;
    parameters: Readonly<Record<string, number>>;
    ofFolds?: readonly Readonly<Record<string, number>>[];
    loss: number;
    skill: number;
    p_value: number;
    p_value_uncorrected: number;
  }[];
  /** The search that one of the candidates came from; its trials are rows of model_trials. */
  search?: { id: string; engine: string; trials: number };
  features: number;
  feature_set: string;
  frame: { file: string; digest: string; statement: string };
  code_version: string;
  /** Seconds of the winner's fits, of all folds, and of everything. */
  fit_seconds: number;
  seconds: number;
  created_at: string;
  /** Of the artifact, relative to the data directory. */
  artifact: string;
  fitted_on: 'the whole window';
}

export type StoredRun = Run & { model_digest: string };
