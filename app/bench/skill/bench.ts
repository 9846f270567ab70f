import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadMarket } from '#app/bench/features/bench_market.ts';
import { peakMib } from '#app/bench/peak_memory.ts';
import { type Figure, figure } from '#app/bench/report.ts';
import type { Context } from '#app/context.ts';
import { warmupBars } from '#features/catalogue.ts';
import { fetchTrainingFrame } from '#features/frames/training.ts';
import { prepareWindow } from '#jobs/train/window.ts';
import { UserError } from '#lib/errors.ts';
import { describeExclusions, type Frame } from '#lib/frame.ts';
import { barMicros } from '#lib/timeframe.ts';
import { modelNamed } from '#models/catalogue.ts';
import { evaluateModel } from '#models/evaluate.ts';
import { skillFigures } from './figures.ts';

export interface SkillBenchOptions {
  models: readonly string[];
  /** Bars ahead. */
  horizons: readonly number[];
  symbols: number;
  /** One-minute bars of each symbol that are trained and tested on. */
  bars: number;
  folds: number;
  seed: number;
  /** Of one side of a trade, in basis points. */
  feeBp: number;
}

/**
 * What each model finds in the recorded bars at each horizon, by the pipeline's own features, labels, folds and gate's figures.
 * @throws UserError on servers that are not its own, without recordings, or with too few of them
 */
export async function benchSkill(
  { db, config }: Pick<Context, 'db' | 'config'>,
  options: SkillBenchOptions,
  onProgress: (what: string) => void,
): Promise<Figure[]> {
  if (config.questdb.host !== undefined)
    throw new UserError(
      'bench skill stores bars, so it does not run on a server of yours.',
      'Unset the host of QuestDB for it: it then starts its own.',
    );
  for (const model of options.models) modelNamed(model);
  const started = performance.now();
  const venue = 'bench-skill';
  const { symbols, bars } = options;
  const market = loadMarket(config.recordings, symbols, bars + warmupBars('1m') + 100, venue);
  onProgress(`storing ${bars} recorded bars of ${symbols} symbols`);
  await market.store(db, 0, bars + warmupBars('1m') + 100);
  const directory = mkdtempSync(join(tmpdir(), 'tickforest-bench-'));
  try {
    const figures: Figure[] = [];
    for (const horizon of options.horizons) {
      onProgress(`${horizon} bars ahead: features and labels`);
      const request = { configured: [], venue, timeframe: '1m', horizon, symbols, bars } as const;
      const { window } = await prepareWindow(db, request);
      const { frame, excluded } = await fetchTrainingFrame(db, window, join(directory, `${horizon}.parquet`));
      if (excluded.length > 0)
        throw new UserError(
          `Rows of the recorded bars are left out: ${describeExclusions(excluded)}.`,
          'Ask for fewer bars.',
        );
      for (const model of options.models) figures.push(...(await judge(model, horizon, frame, options, onProgress)));
    }
    return [
      ...figures,
      figure('total_s', (performance.now() - started) / 1000, 's', 'less'),
      figure('peak_rss_mib', peakMib(), 'MiB', 'less'),
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function judge(
  model: string,
  horizon: number,
  frame: Frame,
  { folds, seed, feeBp }: SkillBenchOptions,
  onProgress: (what: string) => void,
): Promise<Figure[]> {
  const evaluation = await evaluateModel(modelNamed(model), frame, {
    ...{ horizon, barMicros: barMicros('1m'), folds, seed, feeBp, workers: 2 },
    onProgress: (_done, _total, what, share) =>
      onProgress(`${model} ${horizon} bars ahead, ${Math.round(100 * share)} %: ${what}`),
  });
  for (const { candidate, skill, pValue, fitSeconds } of evaluation.candidates)
    onProgress(
      `${model} ${horizon}: ${candidate.name} skill ${skill.toFixed(4)}, p ${pValue}, ${fitSeconds.toFixed(0)} s`,
    );
  return skillFigures(evaluation, frame);
}
