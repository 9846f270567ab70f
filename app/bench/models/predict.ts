import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { RandomForestClassifier, RandomForestRegression } from 'ml-random-forest';
import { median } from '#app/bench/median.ts';
import { type Figure, figure } from '#app/bench/report.ts';
import { column, type Frame } from '#lib/frame.ts';
import { readArtifact, writeArtifact } from '#models/artifact.ts';
import { catalogue, modelNamed } from '#models/catalogue.ts';
import { engineNamed } from '#models/engines.ts';
import { rangesOf } from '#models/feature_ranges.ts';
import { fitBaselines } from '#models/fitted_baselines.ts';
import { rowsBetween } from '#models/frame_rows.ts';
import { predict } from '#models/predict.ts';
import { shownScaleOf } from '#models/shown_scale.ts';
import type { ModelBench } from './context.ts';
import { horizon, type Rows } from './recorded_rows.ts';
import { type BenchSettings, seed, settingsOf } from './settings.ts';
import { runSklearn } from './sklearn.ts';

const batch = 36;
const runs = 31;
/** All models but the one of quantiles, which no forest predicts. */
const modelNames = catalogue.filter(({ task }) => task.kind !== 'quantiles').map(({ name }) => name);
/** Rows of the fits: their number matters little for how long a prediction takes. */
const fitted = 20_000;

/** The newest bar of 36 symbols by four forests, and how long a forest takes to come out of its artifact in either form. */
export async function benchPredict(bench: ModelBench): Promise<Figure[]> {
  const { recorded, python, rows, trees, directory, onProgress } = bench;
  const made = await recorded();
  const settings = settingsOf(trees);
  const count = Math.min(rows, fitted);
  onProgress(`predict: four forests of ${trees} trees, fitted on ${count} rows`);
  const artifacts = await writeArtifacts(made, count, settings, directory);
  const newest = rowsBetween(made.frame, Math.max(0, made.frame.rows - batch), made.frame.rows);
  const loaded = artifacts.map((artifact) => readArtifact(artifact).trained);
  const closes = column(newest, 'label_close');
  const predictAll = () => loaded.flatMap((trained) => predict(trained, newest, closes));
  const peer = python && (await sklearnMs(python, made, count, settings, onProgress));
  const binary = timed(() => artifacts.map((artifact) => readArtifact(artifact, 'binary')));
  const json = timed(() => artifacts.map((artifact) => readArtifact(artifact, 'json')));
  const size = (name: string) =>
    artifacts.reduce((sum, artifact) => sum + statSync(join(artifact, name)).size, 0) / 1_024;
  return [
    figure('predict_batch_ms', timed(predictAll), 'ms', 'less', peer),
    figure(
      'predict_from_disk_ms',
      timed(() => readAndPredict(artifacts, newest)),
      'ms',
      'less',
    ),
    figure('load_binary_ms', binary, 'ms', 'less', { name: 'model.json.gz', value: json }),
    figure('load_json_ms', json, 'ms', 'less', {
      name: 'ml-random-forest, load of the same',
      value: timed(() => artifacts.map(packageLoad), 5),
    }),
    figure('binary_kib', size('model.bin'), 'KiB', 'less', { name: 'model.json.gz', value: size('model.json.gz') }),
  ];
}

/** What follows a closed bar. */
function readAndPredict(artifacts: string[], newest: Frame): void {
  for (const artifact of artifacts) predict(readArtifact(artifact).trained, newest);
}

/** Our JSON by the package's own `load`. */
function packageLoad(artifact: string): unknown {
  const { fit } = JSON.parse(gunzipSync(readFileSync(join(artifact, 'model.json.gz'))).toString());
  return fit.baseModel.isClassifier ? RandomForestClassifier.load(fit) : RandomForestRegression.load(fit);
}

async function writeArtifacts(
  { frame, features }: Rows,
  count: number,
  settings: BenchSettings,
  directory: string,
): Promise<string[]> {
  const train = rowsBetween(frame, 0, count);
  const inputs = features.map((name) => column(train, name));
  const artifacts: string[] = [];
  for (const name of modelNames) {
    const definition = modelNamed(name);
    const target = column(train, definition.target);
    const options = { task: definition.task, parameters: { ...settings }, seed, workers: 2 };
    const model = await engineNamed('forest').fit(inputs, target, options);
    const window = { horizon, barMicros: 60e6, from: train.ts[0], until: train.ts[count - 1] };
    // Figures of its training rows stand in for those out of fold: only the time matters here.
    const scale = shownScaleOf(definition.target, train, 0, target);
    const baselines = fitBaselines(definition, train, window);
    const rest = {
      parameters: options.parameters,
      seed,
      features,
      ...window,
      scale,
      baselines,
      ranges: rangesOf(train, features),
    };
    artifacts.push(join(directory, 'artifacts', name));
    writeArtifact(artifacts[artifacts.length - 1], { definition, fitted: model, ...rest }, {}, {});
  }
  return artifacts;
}

/** The same four targets by scikit-learn's forests in one process, already loaded. */
async function sklearnMs(
  python: NonNullable<ModelBench['python']>,
  { file, features }: Rows,
  fitRows: number,
  settings: BenchSettings,
  onProgress: (what: string) => void,
): Promise<{ name: string; value: number }> {
  let [value, version] = [0, ''];
  for (const name of modelNames) {
    onProgress(`predict: scikit-learn, ${name}`);
    const { target, task } = modelNamed(name);
    const said = await runSklearn(python, { file, features, target, task, settings, jobs: 1, fitRows });
    value += said.predict_ms;
    version = said.version;
  }
  return { name: `scikit-learn ${version}, one core`, value };
}

/** Milliseconds of the run in the middle, after a few that warm up. */
function timed(work: () => unknown, times = runs): number {
  const took: number[] = [];
  for (let run = 0; run < times + 3; run++) {
    const began = performance.now();
    work();
    took.push(performance.now() - began);
  }
  return median(took.slice(3));
}
