import { median } from '#app/bench/median.ts';
import { type Figure, figure } from '#app/bench/report.ts';
import type { ModelBench } from './context.ts';
import { fitInOwnProcess } from './own_process.ts';
import { settingsOf, subjects } from './settings.ts';
import { runSklearn } from './sklearn.ts';

const runs = 3;

/** A forest of each kind, on two workers and on one, beside scikit-learn on one core; and the peak of memory. */
export async function benchFit({ recorded, python, rows, trees, onProgress }: ModelBench): Promise<Figure[]> {
  const { file, features } = await recorded();
  const settings = settingsOf(trees);
  const figures: Figure[] = [];
  const peaks: { ours: number; peer: { name: string; value: number } | undefined }[] = [];
  for (const { kind, target, task } of subjects) {
    const request = { file, features, target, task, settings };
    const suffix = kind === 'regression' ? '' : `_${kind}`;
    onProgress(`fit: ${kind}, ${rows} × ${features.length}, ${trees} trees, ${runs} times each way`);
    const ours = { 1: [] as number[], 2: [] as number[] };
    const cpu: number[] = [];
    let peak = 0;
    for (let run = 0; run < runs; run++) {
      for (const workers of [1, 2] as const) {
        const { seconds, cpuSeconds, rssMib } = await fitInOwnProcess({ ...request, workers, rows });
        ours[workers].push(seconds);
        if (workers === 1) cpu.push(cpuSeconds);
        peak = Math.max(peak, rssMib);
      }
    }
    if (python) onProgress(`fit: ${kind}, scikit-learn on one core`);
    const said = python && (await runSklearn(python, { ...request, jobs: 1, fitRows: rows }));
    const name = `scikit-learn ${said?.version}, one core`;
    const beside = said && { name, value: said.seconds };
    figures.push(
      figure(`forest_fit_2_workers${suffix}_s`, median(ours[2]), 's', 'less', beside),
      figure(`forest_fit_1_worker${suffix}_s`, median(ours[1]), 's', 'less', beside),
      figure(`forest_fit_cpu${suffix}_s`, median(cpu), 's', 'less', said && { name, value: said.cpu_seconds }),
    );
    peaks.push({ ours: peak, peer: said && { name, value: said.rss_mib } });
  }
  const most = peaks.reduce((a, b) => (b.ours > a.ours ? b : a));
  return [...figures, figure('forest_rss_mib', most.ours, 'MiB', 'less', most.peer)];
}
