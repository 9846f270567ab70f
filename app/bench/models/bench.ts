import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadMarket } from '#app/bench/features/bench_market.ts';
import { preparePython } from '#app/bench/python.ts';
import type { Figure } from '#app/bench/report.ts';
import { warmupBars } from '#features/catalogue.ts';
import { UserError } from '#lib/errors.ts';
import { type BenchContext, type ModelBench, type ModelBenchOptions, peersFolder } from './context.ts';
import { benchFit } from './fit.ts';
import { benchLarge } from './large.ts';
import { benchPackage } from './package.ts';
import { benchPredict } from './predict.ts';
import { recordedRows } from './recorded_rows.ts';
import { benchScores } from './scores.ts';
import { benchTrain } from './train.ts';

/** As many as are recorded. */
const symbols = 16;

export const modelParts = ['train', 'fit', 'large', 'predict', 'scores', 'package'] as const;

const parts: Record<(typeof modelParts)[number], (bench: ModelBench) => Promise<Figure[]>> = {
  // First: as for a user's own command, no features of its bars are filled yet.
  train: benchTrain,
  fit: benchFit,
  large: benchLarge,
  predict: benchPredict,
  scores: benchScores,
  package: benchPackage,
};

/**
 * All parts of `bench models`, or some.
 * @throws UserError on servers that are not its own, when there are no recordings, or peers are wanted and Python or its packages are not to be had
 */
export async function benchModels(
  context: BenchContext,
  options: ModelBenchOptions,
  onProgress: (what: string) => void,
): Promise<Figure[]> {
  const { db, config } = context;
  if (config.questdb.host !== undefined || config.redis.host !== undefined)
    throw new UserError(
      'bench models stores bars and trains on them, so it does not run on servers of yours.',
      'Unset the hosts of QuestDB and Redis for it: it then starts its own.',
    );
  // First what may fail for want of something, then the long work.
  const python = options.peers ? await preparePython(peersFolder, onProgress) : undefined;
  const venue = 'bench-models';
  const perSymbol = Math.max(options.bars, Math.ceil(options.rows / symbols));
  const bars = perSymbol + 2 * warmupBars('1m');
  const market = loadMarket(config.recordings, symbols, bars, venue);
  const directory = mkdtempSync(join(tmpdir(), 'tickforest-bench-'));
  try {
    onProgress(`storing ${bars} recorded bars of ${symbols} symbols`);
    await market.store(db, 0, bars);
    const recorded = recordedRows({ db, venue, symbols, rows: options.rows, directory, onProgress });
    const bench = { ...options, context, venue, recorded, python, directory, onProgress };
    const figures: Figure[] = [];
    for (const part of modelParts)
      if (options.only?.includes(part) ?? true) figures.push(...(await parts[part](bench)));
    return figures;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
