import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { benchFeatures, featureParts } from '#app/bench/features/bench.ts';
import type { FeatureBenchOptions } from '#app/bench/features/context.ts';
import { type Measured, sideBySide } from '#app/bench/features/scale.ts';
import { benchIngest, ingestParts } from '#app/bench/ingest/bench.ts';
import { benchModels, modelParts } from '#app/bench/models/bench.ts';
import type { ModelBenchOptions } from '#app/bench/models/context.ts';
import { type BenchReport, machine } from '#app/bench/report.ts';
import { benchSkill, type SkillBenchOptions } from '#app/bench/skill/bench.ts';
import { type Context, withServices } from '#app/context.ts';
import { printJson, printTable, short, thousands } from '#app/terminal.ts';
import { UserError } from '#lib/errors.ts';
import { modelNamed, modelNames } from '#models/catalogue.ts';
import { enduranceCommand } from './bench/endurance.ts';
import { faultsCommand } from './bench/faults.ts';
import { liveCommand } from './bench/live.ts';
import { positiveNumber, wholeNumber } from './parse.ts';

export function benchCommand(): Command {
  const command = new Command('bench').description('run benchmarks next to peers, on servers of their own');
  command
    .command('ingest')
    .description('measure the live path under load, imports, and candles from ticks; takes about eight minutes')
    .option('--only <part>', `run only this part: ${ingestParts.join(', ')}`)
    .option('--rate <n>', 'frames per second in the live part', positiveNumber, 10_000)
    .option('--seconds <n>', 'duration of the live part, after the warm-up', positiveNumber, 60)
    .option('--json', 'print one JSON document')
    .action(async ({ json, ...options }: { json?: boolean; only?: string; rate: number; seconds: number }) => {
      knownPart('ingest', ingestParts, options.only);
      const results = await onOwnServers((context) => benchIngest(context, options, onProgress));
      print({ bench: 'ingest', machine: machine(), results }, json ?? false);
    });
  command
    .command('features')
    .description(
      'measure features of recorded bars in SQL, next to pandas, polars and DuckDB in memory; takes about five minutes',
    )
    .option('--only <part>', `run only this part: ${featureParts.join(', ')}`)
    .option('--no-peers', 'leave out the peers, which need a Python environment in var/tools')
    .option(
      '--symbols <n>',
      'number of symbols, or several: 36,144,576; the recorded ones are reused under other names',
      (text: string) => text.split(',').map(wholeNumber(1)),
      [36],
    )
    .option('--bars <n>', 'number of one-minute bars per symbol that get features', wholeNumber(1), 2_000)
    .option('--closes <n>', 'number of minutes that close one after the other', wholeNumber(1), 110)
    .option('--json', 'print one JSON document')
    .addHelpText('after', featuresHelp)
    .action(async ({ json, symbols: sizes, ...options }: FeatureFlags) => {
      knownPart('features', featureParts, options.only);
      const measured: Measured[] = [];
      for (const symbols of sizes) {
        const bench = (context: Context) => benchFeatures(context, { ...options, symbols }, onProgress);
        measured.push({ symbols, results: await onOwnServers(bench) });
      }
      const results = sizes.length > 1 ? sideBySide(measured) : measured[0].results;
      print({ bench: 'features', machine: machine(), results: [...results] }, json ?? false);
    });
  command
    .command('models')
    .description('measure forests on recorded bars, next to scikit-learn and ml-random-forest; takes about ten minutes')
    .option('--only <part>', `run only this part: ${modelParts.join(', ')}`)
    .option('--no-peers', 'leave out scikit-learn, which needs a Python environment in var/tools')
    .option('--rows <n>', 'number of recorded rows that a forest is fitted on', wholeNumber(1_000), 72_000)
    .option(
      '--large <n>',
      'number of rows of the large fit; the recorded rows are repeated',
      wholeNumber(1_000),
      640_000,
    )
    .option('--trees <n>', 'number of trees in a forest', wholeNumber(1), 100)
    .option('--bars <n>', 'number of bars per symbol that the five models are trained on', wholeNumber(500), 2_000)
    .option('--json', 'print one JSON document')
    .addHelpText('after', modelsHelp)
    .action(async ({ json, only, ...sizes }: Omit<ModelBenchOptions, 'only'> & { json?: boolean; only?: string }) => {
      knownPart('models', modelParts, only);
      const options = { ...sizes, only: only === undefined ? undefined : [only] };
      const results = await onOwnServers((context) => benchModels(context, options, onProgress));
      print({ bench: 'models', machine: machine(), results }, json ?? false);
    });
  command
    .command('skill')
    .description('measure what each model finds in recorded bars at each horizon; takes about an hour')
    .option('--models <names>', 'only these models; separated by commas', (text: string) => text.split(','), [
      ...modelNames,
    ])
    .option(
      '--horizons <n>',
      'bars ahead; several are separated by commas',
      (text: string) => text.split(',').map(wholeNumber(1)),
      [1, 5, 15, 60],
    )
    .option('--symbols <n>', 'number of recorded symbols', wholeNumber(1), 16)
    .option('--bars <n>', 'number of one-minute bars per symbol', wholeNumber(500), 35_000)
    .option('--folds <n>', 'number of folds', wholeNumber(2), 5)
    .option('--seed <n>', 'seed of everything random', wholeNumber(0), 1)
    .option('--json', 'print one JSON document')
    .addHelpText('after', skillHelp)
    .action(async ({ json, ...options }: Omit<SkillBenchOptions, 'feeBp'> & { json?: boolean }) => {
      for (const model of options.models) modelNamed(model);
      const results = await onOwnServers((context) =>
        benchSkill(context, { ...options, feeBp: context.config.training.feeBp }, onProgress),
      );
      print({ bench: 'skill', machine: machine(), results }, json ?? false);
    });
  command.addCommand(faultsCommand());
  command.addCommand(enduranceCommand());
  command.addCommand(liveCommand());
  return command;
}

type FeatureFlags = Omit<FeatureBenchOptions, 'symbols'> & { symbols: number[]; json?: boolean };

const featuresHelp = `
Figures:
  fill_s, fill_cpu_s     time until the 90 listed features of the history are stored and visible; the server's CPU time for it
  fill_cold_s            the same on a server that has just started
  fill_all_s             the same for all features of the catalogue
  frame_s, frame_all_s   time to read the stored rows as a frame in Node, with the listed features and with all features
  close_p99_ms           time from the close of a bar until all features of all symbols are stored and visible
  older_s                time until the listed features of 2,000 bars of 16 symbols are stored and read as a frame, next to the
                         steps of the Python system that came before, which stores nothing
  fill_<family>_ms       time for one family file alone, until it is stored and visible
  …_<n>_symbols          the figure in a market of that size, where several are given
  …_<n>_symbols_growth   its cost of a symbol, as a multiple of that in the smallest of these markets: 1 is linear
  <peer>_columns_agreeing  number of the peer's columns that equal the stored ones to 1e-6 on every row
The peer of fill_s and fill_cpu_s is pandas with the official client. Like tickforest, it reads bars from QuestDB and stores
features there. The other peers read bars from memory and keep their features in memory.`;

const modelsHelp = `
Figures:
  train_five_models_s       time of \`train\` for all five models and ten symbols: features, labels, five folds, artifacts
  train_fits_s              sum of the fits of both engines alone
  forest_fit_2_workers_s    one forest (regression), 97 columns, depth 8, at least 20 rows a leaf, 10 features a split
  forest_fit_1_worker_s     the same in the calling thread
  forest_fit_cpu_s          CPU time of the same fit, which depends less on other work on the machine
  forest_fit_…_classes_s    the same for three classes
  forest_rss_mib            peak memory of a process that only does such a fit, including its data
  train_640k_rows_s, train_640k_rss_mib   time and peak memory of the large fit
  predict_batch_ms          prediction of 36 rows by four loaded forests; from_disk includes reading their artifacts
  load_binary_ms, load_json_ms            time to load four forests from model.bin, and from model.json.gz
  score_…                   out-of-fold score, walk-forward over all rows; scikit-learn uses the same settings and folds
  package_…_rows_s          three trees, next to \`train\` of ml-random-forest
Each fit is the median of three, each in a new process. Peers run in the same run, one after the other.`;

const skillHelp = `
Figures, each as <model>_<bars ahead>_<figure>:
  skill, p                  of the best candidate out of fold, against the model's baseline
  second_baseline_skill     of the forecast beside the baseline, against the baseline
  ic, ic_t                  rank correlation across symbols in each bar, and its robust t
  break_even_bp             cost of a side in basis points at which the top third less the bottom third earns nothing
  coverage_50, coverage_90  share of returns within the interval; _min and _max: of the symbols
  shown_ratio_min, _max     shown deviation by the one that came, in the fifths of the predictions`;

function knownPart(bench: string, parts: readonly string[], asked: string | undefined): void {
  if (asked !== undefined && !parts.includes(asked))
    throw new UserError(`bench ${bench} has no part ${asked}.`, `Its parts are ${parts.join(', ')}.`);
}

/** A benchmark must neither see nor touch what is stored. */
async function onOwnServers<T>(work: (context: Context) => Promise<T>): Promise<T> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-bench-'));
  try {
    return await withServices({ dataDir }, work);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function onProgress(what: string): void {
  process.stderr.write(`${what}\n`);
}

function print(report: BenchReport, json: boolean): void {
  if (json) {
    printJson(report);
    return;
  }
  const { cores, cpu, memory_gib, node } = report.machine;
  process.stdout.write(`${cores} × ${cpu}, ${memory_gib} GiB, Node ${node}\n`);
  const shown = (value: number | null) =>
    value === null ? '–' : Math.abs(value) >= 1_000 ? thousands(Math.round(value)) : short(value);
  printTable(
    ['figure', 'value', 'unit', 'peer', "peer's value", 'ratio'],
    report.results.map((row) => [
      ...[row.name, shown(row.value), row.unit, row.peer ?? '–', shown(row.peer_value), shown(row.ratio)],
    ]),
  );
}
