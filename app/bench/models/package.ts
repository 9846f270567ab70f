import { RandomForestClassifier, RandomForestRegression } from 'ml-random-forest';
import { type Figure, figure } from '#app/bench/report.ts';
import { column } from '#lib/frame.ts';
import { fitForest } from '#models/forest/forest.ts';
import { rowsBetween } from '#models/frame_rows.ts';
import type { ModelBench } from './context.ts';
import { seed, settingsOf, subjects } from './settings.ts';

const sizes = [500, 2_000];
/** Of the package a tree takes seconds: a forest of a hundred, minutes. */
const trees = 3;

/** Few trees on few rows by ml-random-forest's own `train`, beside ours on one worker. */
export async function benchPackage({ recorded, rows, onProgress }: ModelBench): Promise<Figure[]> {
  const { frame, features } = await recorded();
  const settings = settingsOf(trees);
  const figures: Figure[] = [];
  for (const size of sizes.filter((each) => each <= rows)) {
    const part = rowsBetween(frame, frame.rows - size, frame.rows);
    const columns = features.map((name) => column(part, name));
    const byRow = Array.from({ length: size }, (_, row) => columns.map((values) => values[row]));
    for (const { kind, target, task } of subjects) {
      onProgress(`package: ${kind}, ${trees} trees on ${size} rows`);
      const y = column(part, target);
      // The package's run is long enough to be compiled on the way; ours would be over before.
      await fitForest(columns, y, { ...settings, task, seed });
      const began = performance.now();
      await fitForest(columns, y, { ...settings, task, seed });
      const between = performance.now();
      new (kind === 'classes' ? RandomForestClassifier : RandomForestRegression)({
        nEstimators: trees,
        seed,
        maxFeatures: settings.featuresPerSplit,
        replacement: false,
        noOOB: true,
        treeOptions: { minNumSamples: settings.minLeaf, maxDepth: settings.depth, gainThreshold: 0 },
      }).train(byRow, Array.from(y));
      const value = (performance.now() - between) / 1_000;
      const name = `ml-random-forest, ${trees} trees too`;
      figures.push(figure(`package_${kind}_${size}_rows_s`, (between - began) / 1_000, 's', 'less', { name, value }));
    }
  }
  return figures;
}
