import { type Figure, figure } from '#app/bench/report.ts';
import { families } from '#features/catalogue.ts';
import type { FeatureBench } from './context.ts';
import { runFill } from './run_fill.ts';
import { makeTable } from './tables.ts';

/** What each family costs alone, its rows stored and visible: the sum is more than all of them in one statement. */
export async function benchFamilies(bench: FeatureBench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const file of families('1m')) {
    bench.onProgress(`families: ${file.name}, ${file.features.length} features`);
    const table = await makeTable(bench.db, `bench_${file.name}`, [file]);
    const { warm } = await runFill(bench, 2, { files: [file], table });
    await bench.db.query(`DROP TABLE ${table}`);
    figures.push(figure(`fill_${file.name}_ms`, warm.wall * 1_000, 'ms', 'less'));
    if (warm.cpu !== undefined) figures.push(figure(`fill_${file.name}_cpu_ms`, warm.cpu * 1_000, 'ms', 'less'));
  }
  return figures;
}
