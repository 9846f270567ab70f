import { Command, Option } from 'commander';
import { isSimulated } from '#ingest/venue.ts';
import { type TrainingResult, trainModels } from '#jobs/training.ts';
import { startWorkers } from '#jobs/worker.ts';
import { UserError } from '#lib/errors.ts';
import { featureTimeframes, type Timeframe } from '#lib/features/timeframe.ts';
import { modelNames } from '#models/definition.ts';
import { type Walk, walks } from '#models/validation/walk_forward.ts';
import { withServices } from './context.ts';
import { printJson, progress, say } from './output.ts';
import { symbolList, wholeNumber } from './parse.ts';
import { printRuns } from './runs_table.ts';

interface Options {
  venue?: string;
  timeframe: Timeframe;
  symbols?: string[];
  top?: number;
  bars?: number;
  horizon?: number;
  folds?: number;
  walk: Walk;
  seed: number;
  perRegime?: boolean;
  shuffleLabels?: boolean;
  allowSimulated?: boolean;
  json?: boolean;
}

export function trainCommand(): Command {
  return new Command('train')
    .description('fit and validate models on the newest bars that the symbols have in common')
    .argument('[models...]', `any of ${modelNames.join(', ')}; all five when none is named`)
    .option('--venue <name>', 'whose market; may be left out where there is only one')
    .addOption(new Option('--timeframe <name>', 'length of a bar').choices(featureTimeframes).default('1m'))
    .option('--symbols <list>', 'these symbols, separated by commas', symbolList)
    .option('--top <n>', 'instead: that many symbols by turnover (default: training.symbols)', wholeNumber(1))
    .option('--bars <n>', 'bars in common (default: training.bars)', wholeNumber(500))
    .option('--horizon <n>', 'bars ahead (default: training.horizon)', wholeNumber(1))
    .option('--folds <n>', 'walk-forward folds (default: training.folds)', wholeNumber(2))
    .addOption(
      new Option('--walk <scheme>', 'training parts grow, or keep the length of the first')
        .choices(walks)
        .default(walks[0]),
    )
    .option('--seed <n>', 'of everything random', wholeNumber(0), 1)
    .option(
      '--per-regime',
      'try models of each market regime beside the pooled ones; `report --per-regime` compares them',
    )
    .option('--shuffle-labels', 'permute the labels: a check that validation finds no skill where there is none')
    .option('--allow-simulated', 'train on a simulated market; such a run can never be promoted')
    .option('--json', 'print one JSON document')
    .action(async (models: string[], options: Options) => {
      const result = await withServices({}, async (context) => {
        const { training } = context.config;
        const workers = await startWorkers(context.worker, ['train']);
        const bar = progress('train', 100);
        try {
          return await trainModels(
            context,
            {
              models: models.length > 0 ? models : undefined,
              venue: options.venue,
              configured: context.config.market.symbols,
              timeframe: options.timeframe,
              symbols: options.symbols ?? options.top ?? training.symbols,
              bars: options.bars ?? training.bars,
              horizon: options.horizon ?? training.horizon,
              folds: options.folds ?? training.folds,
              walk: options.walk,
              seed: options.seed,
              perRegime: options.perRegime,
              shuffled: options.shuffleLabels,
              allowSimulated: options.allowSimulated,
            },
            (what, done, total) => bar.update(done, total, what),
          );
        } finally {
          bar.end();
          await workers.close();
        }
      });
      if (options.json) printJson(result);
      else print(result);
      if (result.failed.length > 0)
        throw new UserError(result.failed.map(({ model, reason }) => `${model} failed: ${reason}`).join(' '));
    });
}

function print({ runs, skipped, window, bars, excludedShare }: TrainingResult): void {
  if (isSimulated(window.venue)) say('SIMULATED MARKET: these figures say nothing about any real one.', false);
  printRuns(runs.map((run) => ({ ...run, name: run.model, rows: run.window.rows })));
  say(
    `Trained on ${bars} bars in common of ${window.symbols.join(', ')}; ${(100 * excludedShare).toFixed(1)} % of the window's minutes left out.`,
    false,
  );
  for (const { symbol, reason } of skipped) say(`Passed over ${symbol}: ${reason}.`, false);
}
