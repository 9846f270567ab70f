import { type Figure, figure } from '#app/bench/report.ts';
import type { ModelBench } from './context.ts';
import { fitInOwnProcess } from './own_process.ts';
import { settingsOf, subjects } from './settings.ts';

/** The recorded rows over and over until there are 640,000 (unless told otherwise): how long, and how much memory. */
export async function benchLarge({ recorded, rows, large, trees, onProgress }: ModelBench): Promise<Figure[]> {
  const { file, features } = await recorded();
  const [{ target, task }] = subjects;
  const settings = settingsOf(trees);
  onProgress(
    `large: ${large} × ${features.length}, which are ${rows} recorded rows ${(large / rows).toFixed(1)} times`,
  );
  const said = await fitInOwnProcess({ file, features, target, task, settings, workers: 2, rows: large });
  return [
    figure('train_640k_rows_s', said.seconds, 's', 'less'),
    figure('train_640k_rss_mib', said.rssMib, 'MiB', 'less'),
  ];
}
