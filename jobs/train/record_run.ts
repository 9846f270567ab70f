import { appendRows, type NewRow } from '#lib/questdb/append.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import type { Micros } from '#lib/time.ts';
import type { Importance } from '#models/importance.ts';
import type { SkillLost } from '#models/validation/permutation.ts';
import { walks } from '#models/validation/walk_forward.ts';
import type { CandidateMetrics } from './fit_run.ts';
import { type StoredRun, usualSeed } from './run.ts';

/** Writes a run and its validation figures as rows. The tables keep each row once, so doing it again changes nothing. */
export async function recordRun(
  db: QuestDb,
  run: StoredRun,
  candidates: CandidateMetrics[],
  importance: Importance,
): Promise<void> {
  const ts = micros(run.window.to);
  const created = micros(run.created_at);
  await appendRows(
    db.address,
    'model_metrics',
    candidates.flatMap(({ engine, metrics }) => metrics.map((metric) => metricRow(run, engine, metric, ts, created))),
  );
  await appendRows(
    db.address,
    'model_calibration',
    candidates.flatMap((candidate) => calibrationRows(run, candidate, ts, created)),
  );
  await appendRows(db.address, 'model_importance', importanceRows(run, importance, ts, created));
  // The run's own row comes last: who sees it finds its figures.
  await appendRows(db.address, 'model_runs', [runRow(run, ts, created)]);
  await db.applied(['model_metrics', 'model_calibration', 'model_importance', 'model_runs']);
}

function metricRow(
  run: StoredRun,
  engine: string,
  metric: CandidateMetrics['metrics'][number],
  ts: Micros,
  created: Micros,
): NewRow {
  return {
    ts,
    symbols: {
      model: run.model,
      timeframe: run.timeframe,
      engine,
      symbol: metric.symbol,
      regime: metric.regime,
      split: metric.split,
      metric: metric.metric,
    },
    strings: { run_id: run.run_id },
    longs: { fold: metric.fold },
    doubles: { value: metric.value, baseline: metric.baseline },
    timestamps: { created_at: created },
  };
}

function calibrationRows(
  run: StoredRun,
  { engine, calibration }: CandidateMetrics,
  ts: Micros,
  created: Micros,
): NewRow[] {
  return Object.entries(calibration).flatMap(([name, { bins }]) =>
    bins.map(({ rows, predicted, observed }, bucket) => ({
      ts,
      symbols: { model: run.model, timeframe: run.timeframe, engine, class: name },
      strings: { run_id: run.run_id },
      longs: { bucket, rows },
      doubles: { predicted, observed },
      timestamps: { created_at: created },
    })),
  );
}

function importanceRows(run: StoredRun, importance: Importance, ts: Micros, created: Micros): NewRow[] {
  const { gain, permutation, families } = importance;
  const row = (family: string | null, feature: string | null, share: number, lost: SkillLost): NewRow => ({
    ts,
    symbols: { model: run.model, timeframe: run.timeframe, family, feature },
    strings: { run_id: run.run_id },
    doubles: { gain: share, permutation: lost.mean, permutation_deviation: lost.deviation },
    timestamps: { created_at: created },
  });
  const familyOf = new Map(Object.entries(families).flatMap(([name, { features }]) => features.map((f) => [f, name])));
  return [
    ...Object.entries(families).map(([name, whole]) => row(name, null, whole.gain, whole.permutation)),
    ...Object.entries(permutation).map(([name, lost]) => row(familyOf.get(name) ?? null, name, gain[name], lost)),
  ];
}

function runRow(run: StoredRun, ts: Micros, created: Micros): NewRow {
  return {
    ts,
    symbols: {
      model: run.model,
      timeframe: run.timeframe,
      venue: run.venue,
      engine: run.engine,
      set_hash: run.feature_set,
    },
    strings: {
      run_id: run.run_id,
      parameters: JSON.stringify(run.parameters),
      frame_digest: run.frame.digest,
      artifact_digest: run.model_digest,
      symbols: run.symbols.join(','),
      excluded_why: run.excluded_why,
      code_version: run.code_version,
      artifact: run.artifact,
    },
    longs: { horizon: run.horizon, inputs: run.features, bars: run.window.bars, rows: run.window.rows },
    doubles: { excluded_share: run.excluded_share, seconds: run.seconds },
    booleans: {
      ...{ simulated: run.simulated, shuffled: run.shuffled, constant: run.constant },
      experiment: isExperiment(run),
    },
    timestamps: { window_from: micros(run.window.from), window_to: ts, created_at: created },
  };
}

/** Whether a run tries something: it never speaks unless it is promoted. */
function isExperiment({ shuffled, search, seed, walk }: StoredRun): boolean {
  return shuffled || search !== undefined || seed !== usualSeed || walk !== walks[0];
}

function micros(iso: string): Micros {
  return Date.parse(iso) * 1000;
}
