import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Figure, figure } from '#app/bench/report.ts';
import { column } from '#lib/frame.ts';
import { fitForest } from '#models/forest/forest.ts';
import { logLoss } from '#models/losses.ts';
import { widthOf } from '#models/task.ts';
import { meanOf } from '#models/validation/metrics.ts';
import { type Fold, walkForward } from '#models/validation/walk_forward.ts';
import type { ModelBench } from './context.ts';
import { horizon, type Rows } from './recorded_rows.ts';
import { type BenchSettings, seed, settingsOf, subjects } from './settings.ts';
import { runSklearn } from './sklearn.ts';

type Subject = (typeof subjects)[number];

/** How well a forest of each kind predicts what it has not seen, beside scikit-learn's at the same settings and folds. */
export async function benchScores({ recorded, python, trees, directory, onProgress }: ModelBench): Promise<Figure[]> {
  const rows = await recorded();
  const settings = settingsOf(trees);
  const folds = walkForward(rows.frame.ts, { folds: 5, horizon, barMicros: 60e6 });
  const figures: Figure[] = [];
  for (const subject of subjects) {
    onProgress(`scores: ${subject.kind}, ${folds.length} folds`);
    const target = column(rows.frame, subject.target).subarray(folds[0].test.from);
    const ours = scoreOf(subject, await predictFolds(subject, rows, settings, folds), target);
    let peer: { name: string; value: number } | undefined;
    if (python) {
      onProgress(`scores: ${subject.kind}, scikit-learn`);
      const predictions = join(directory, 'predictions.bin');
      const spans = folds.map(({ train, test }): [number, number, number, number] => {
        return [train.from, train.until, test.from, test.until];
      });
      const { file, features } = rows;
      const request = { file, features, ...subject, settings, jobs: 2, outOfFold: { folds: spans, predictions } };
      const { version } = await runSklearn(python, request);
      const { buffer, byteOffset, byteLength } = readFileSync(predictions);
      const theirs = new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
      peer = { name: `scikit-learn ${version}`, value: scoreOf(subject, theirs, target) };
    }
    figures.push(
      subject.kind === 'regression'
        ? figure('score_volatility_r2', ours, 'R²', 'more', peer)
        : figure('score_momentum_log_loss', ours, 'log-loss', 'less', peer),
    );
  }
  return figures;
}

/** Test parts follow each other without a hole. */
async function predictFolds(
  { target, task }: Subject,
  { frame, features }: Rows,
  settings: BenchSettings,
  folds: Fold[],
): Promise<Float64Array> {
  const columns = features.map((name) => column(frame, name));
  const y = column(frame, target);
  const first = folds[0].test.from;
  const predictions = new Float64Array((frame.rows - first) * widthOf(task));
  for (const { train, test } of folds) {
    const part = (values: Float64Array) => values.subarray(train.from, train.until);
    const options = { ...settings, task, seed, workers: 2 };
    const forest = await fitForest(columns.map(part), part(y), options);
    const predicted = forest.predict(columns.map((values) => values.subarray(test.from, test.until)));
    predictions.set(predicted, (test.from - first) * widthOf(task));
  }
  return predictions;
}

function scoreOf({ kind }: Subject, predictions: Float64Array, target: Float64Array): number {
  if (kind === 'classes') return meanOf(logLoss.rows(predictions, target));
  const mean = meanOf(target);
  const left = meanOf(target.map((value, row) => (value - predictions[row]) ** 2));
  return 1 - left / meanOf(target.map((value) => (value - mean) ** 2));
}
