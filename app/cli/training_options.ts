import { type Command, Option } from 'commander';
import { summaryOf } from '#app/report/run_summary.ts';
import { printJson, say } from '#app/terminal.ts';
import type { TrainingRequest, TrainingResult } from '#jobs/train/train_all.ts';
import type { Config } from '#lib/config.ts';
import { UserError } from '#lib/errors.ts';
import { featureTimeframes, type Timeframe } from '#lib/timeframe.ts';
import { isSimulated } from '#lib/venue.ts';
import { type Walk, walks } from '#models/validation/walk_forward.ts';
import { symbolList, wholeNumber } from './parse.ts';
import { printRuns } from './runs_table.ts';

/** What every command that trains takes. */
export interface TrainingOptions {
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

export function withTrainingOptions(command: Command): Command {
  return command
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
    .option('--json', 'print one JSON document');
}

/** The request that the options and, where they are silent, the configuration make. */
export function trainingRequest(
  models: string[],
  options: TrainingOptions,
  { training, market }: Config,
): TrainingRequest {
  return {
    models: models.length > 0 ? models : undefined,
    venue: options.venue,
    configured: market.symbols,
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
  };
}

/**
 * Prints what was trained.
 * @throws UserError when a model failed, with the reason of each
 */
export function printTraining(result: TrainingResult, json = false): void {
  if (json) printJson(result);
  else print(result);
  if (result.failed.length > 0)
    throw new UserError(result.failed.map(({ model, reason }) => `${model} failed: ${reason}`).join(' '));
}

function print({ runs, skipped, window, bars, excludedShare }: TrainingResult): void {
  if (isSimulated(window.venue)) say('SIMULATED MARKET: these figures say nothing about any real one.', false);
  printRuns(runs.map(summaryOf));
  say(
    `Trained on ${bars} bars in common of ${window.symbols.join(', ')}; ${(100 * excludedShare).toFixed(1)} % of the window's bars left out.`,
    false,
  );
  for (const { symbol, reason } of skipped) say(`Passed over ${symbol}: ${reason}.`, false);
}
