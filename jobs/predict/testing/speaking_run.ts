import { join } from 'node:path';
import { setHash } from '#features/catalogue.ts';
import { appendRows } from '#lib/questdb/append.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import type { Micros } from '#lib/time.ts';
import { writeArtifact } from '#models/artifact.ts';
import { modelNamed } from '#models/catalogue.ts';
import { engineNamed } from '#models/engines.ts';
import type { FeatureRange } from '#models/feature_ranges.ts';
import { fitBaselines } from '#models/fitted_baselines.ts';
import { plantedFrame } from '#models/fixtures/planted_frame.ts';

export const speakingModel = 'direction_predictor';
const minute = 60_000_000;

/** A run of two features that can speak of the bars after `until`; stored with its artifact, but with no figures. */
export async function storeSpeakingRun(
  db: QuestDb,
  dataDir: string,
  {
    venue,
    runId,
    until,
    range = { min: -99, max: 199, deviation: 1 },
  }: { venue: string; runId: string; until: Micros; range?: FeatureRange },
): Promise<{ artifact: string }> {
  const features = ['rsi_14', 'roc_5'];
  const columns = [Float64Array.of(10, 20, 70, 90, 40, 55), Float64Array.of(-1, 0, 1, 2, 0.5, 0.2)];
  const definition = modelNamed(speakingModel);
  const options = { task: definition.task, parameters: {}, seed: 1, workers: 1 };
  const fitted = await engineNamed('linear').fit(columns, Float64Array.of(0, 0, 1, 1, 0, 1), options);
  const time = { horizon: 5, barMicros: minute };
  const baselines = fitBaselines(definition, plantedFrame({ bars: 60, seed: 1, strength: 0 }), time);
  const artifact = join('artifacts', speakingModel, `${venue}-${runId}`);
  const scale = { quantiles: [0, 1], bySymbol: {}, rms: 1 };
  const ranges = features.map(() => range);
  const window = { from: until - 1_000 * minute, until };
  const trained = {
    definition,
    fitted,
    baselines,
    parameters: {},
    seed: 1,
    features,
    ...time,
    ...window,
    scale,
    ranges,
  };
  writeArtifact(join(dataDir, artifact), trained, { feature_set: setHash('1m') }, {});
  await appendRows(db.address, 'model_runs', [
    {
      ts: until,
      symbols: { venue, model: speakingModel, timeframe: '1m' },
      strings: { run_id: runId, artifact },
      longs: { horizon: 5 },
      booleans: { simulated: false, shuffled: false, experiment: false },
      timestamps: { created_at: Date.now() * 1000 },
    },
  ]);
  await db.applied(['model_runs']);
  return { artifact };
}

/** Makes a run the champion of its model. */
export async function promoteSpeakingRun(db: QuestDb, venue: string, runId: string): Promise<void> {
  await appendRows(db.address, 'model_promotions', [
    {
      ts: Date.now() * 1000,
      symbols: { venue, model: speakingModel, timeframe: '1m', action: 'promoted' },
      strings: { run_id: runId },
      longs: { horizon: 5 },
    },
  ]);
  await db.applied(['model_promotions']);
}
