import { type Command, Option } from 'commander';
import { summaryOf } from '#app/report/run_summary.ts';
import { printJson, say } from '#app/terminal.ts';
import { skippedOf } from '#jobs/train/horizon_windows.ts';
import type { PreparedWindow } from '#jobs/train/prepared_window.ts';
import { usualSeed } from '#jobs/train/run.ts';
import type { TrainingRequest, TrainingResult } from '#jobs/train/train_all.ts';
import type { Config } from '#lib/config.ts';
import { UserError } from '#lib/errors.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros, featureTimeframes, type Timeframe } from '#lib/timeframe.ts';
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
    .option('--venue <name>', 'venue of the market; needed only if there are several')
    .addOption(new Option('--timeframe <name>', 'length of the bars').choices(featureTimeframes).default('1m'))
    .option('--symbols <list>', 'symbols to train on, separated by commas', symbolList)
    .option(
      '--top <n>',
      'or: number of symbols with the largest quote volume (default: training.symbols)',
      wholeNumber(1),
    )
    .option('--bars <n>', 'number of bars that all symbols have (default: training.bars)', wholeNumber(500))
    .option(
      '--horizon <n>',
      "number of bars to predict ahead (default: training.horizon, or each model's own horizons)",
      wholeNumber(1),
    )
    .option('--folds <n>', 'number of walk-forward folds (default: training.folds)', wholeNumber(2))
    .addOption(
      new Option('--walk <scheme>', 'whether training parts grow or keep the length of the first')
        .choices(walks)
        .default(walks[0]),
    )
    .option('--seed <n>', 'seed of everything random', wholeNumber(0), usualSeed)
    .option(
      '--per-regime',
      'also try models by market regime; `report --per-regime` compares them with the pooled models',
    )
    .option(
      '--shuffle-labels',
      'permute the labels, to check that validation finds no skill where there is none; such runs are judged against the mean or class shares of each symbol',
    )
    .option('--allow-simulated', 'allow training on a simulated market; such a run can never be promoted')
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
    configuredVenue: market.venue,
    timeframe: options.timeframe,
    symbols: options.symbols ?? options.top ?? training.symbols,
    bars: options.bars ?? training.bars,
    horizon: options.horizon ?? training.horizon,
    folds: options.folds ?? training.folds,
    walk: options.walk,
    seed: options.seed,
    feeBp: training.feeBp,
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
  if (json) printJson(documentOf(result));
  else print(result);
  throwFailures(result);
}

/** @throws UserError with the reason of each that failed */
export function throwFailures({ failed }: Pick<TrainingResult, 'failed'>): void {
  if (failed.length > 0) throw new UserError(failed.map(failureText).join(' '));
}

/** With times as people and other programs read them. */
export function documentOf({ windows, ...rest }: TrainingResult) {
  return {
    windows: windows.map(({ window, newest, ...each }) => ({
      window: { ...window, from: isoTime(window.from), to: isoTime(window.to) },
      newest: isoTime(newest),
      ...each,
    })),
    ...rest,
  };
}

/** Why there is no run of a model at a horizon, in a sentence. */
function failureText({ model, horizon, reason }: TrainingResult['failed'][number]): string {
  return `${model}, ${horizon} bars ahead, failed: ${reason}`;
}

/** Bars by which a window may end before its market does without a word: labels look ahead, and a symbol may be late. */
const quietBars = 60;

function print({ runs, stored, windows, passedOver }: TrainingResult): void {
  if (isSimulated(windows[0].window.venue))
    say('SIMULATED MARKET: these figures say nothing about a real market.', false);
  printRuns(runs.map(summaryOf));
  // Windows of several horizons mostly are the same bars but for the last ones.
  for (const each of windows) printWindow(each, windows.length > 1 ? `, ${each.window.horizon} ahead,` : '');
  for (const { model, horizon, run_id, created_at } of runs) {
    const before = `, of ${created_at.slice(0, 16)}: nothing that it depends on has changed`;
    say(`${model}, ${horizon} ahead, is run ${run_id}${stored.includes(run_id) ? before : ''}.`, false);
  }
  for (const { model, horizon, reason } of passedOver)
    say(`${model} was not trained ${horizon} bars ahead: ${reason}`, false);
  for (const { symbol, reason } of skippedOf(windows)) say(`Skipped ${symbol}: ${reason}.`, false);
}

function printWindow({ window, newest, bars, excludedShare }: PreparedWindow, ahead: string): void {
  const { symbols } = window;
  const [from, to] = [window.from, window.to].map((ts) => isoTime(ts).slice(0, 16).replace('T', ' '));
  say(
    `Trained${ahead} on ${bars} bars from ${from} to ${to} UTC${symbols.length > 1 ? ` that ${symbols.join(', ')} have in common` : ` of ${symbols[0]}`}; ${(100 * excludedShare).toFixed(1)} % of the window's bars were left out.`,
    false,
  );
  if (newest - window.to > (quietBars + window.horizon) * barMicros(window.timeframe))
    say(
      `The market goes on to ${isoTime(newest).slice(0, 16).replace('T', ' ')} UTC: these symbols have no newer bars in common.`,
      false,
    );
}

function isoTime(ts: Micros): string {
  return new Date(ts / 1000).toISOString();
}
