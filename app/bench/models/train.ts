import { type Figure, figure } from '#app/bench/report.ts';
import { trainModels } from '#jobs/train/train_all.ts';
import { startWorkers } from '#jobs/workers.ts';
import { UserError } from '#lib/errors.ts';
import type { ModelBench } from './context.ts';
import { horizon } from './recorded_rows.ts';
import { seed } from './settings.ts';

const symbols = 10;
const folds = 5;

/** All five models as `train` makes them: features and labels filled, validated, fitted, stored. */
export async function benchTrain({ context, venue, bars, onProgress }: ModelBench): Promise<Figure[]> {
  onProgress(`train: five models, ${folds} folds, ${symbols} symbols × ${bars} bars`);
  const workers = await startWorkers(context.worker, ['train']);
  try {
    const request = { venue, configured: [], timeframe: '1m', horizon, symbols, bars, folds, seed, feeBp: 6 } as const;
    const began = performance.now();
    const { runs, failed } = await trainModels(context.worker, request);
    const seconds = (performance.now() - began) / 1_000;
    if (failed.length > 0)
      throw new UserError(failed.map(({ model, reason }) => `${model} failed: ${reason}`).join(' '));
    const fits = runs.reduce((sum, run) => sum + run.fit_seconds, 0);
    return [
      figure('train_five_models_s', seconds, 's', 'less'),
      // Two run at a time: their fits may add up to more than passed.
      figure('train_fits_s', fits, 's', 'less'),
    ];
  } finally {
    await workers.close();
  }
}
