import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { benchFeatures, featureParts } from '#app/bench/features/bench.ts';
import type { FeatureBenchOptions } from '#app/bench/features/context.ts';
import { benchIngest, ingestParts } from '#app/bench/ingest/bench.ts';
import { benchModels, modelParts } from '#app/bench/models/bench.ts';
import type { ModelBenchOptions } from '#app/bench/models/context.ts';
import { type BenchReport, machine } from '#app/bench/report.ts';
import { type Context, withServices } from '#app/context.ts';
import { printJson, printTable, short, thousands } from '#app/terminal.ts';
import { UserError } from '#lib/errors.ts';
import { wholeNumber } from './parse.ts';

export function benchCommand(): Command {
  const command = new Command('bench').description('benchmarks side by side with peers, on servers of their own');
  command
    .command('ingest')
    .description('the live path under load, imports, candles from ticks; about five minutes')
    .option('--only <part>', `one of ${ingestParts.join(', ')}`)
    .option('--rate <n>', 'frames a second of the live part', Number, 10_000)
    .option('--seconds <n>', 'of the live part, after the warm-up', Number, 60)
    .option('--json', 'print one JSON document')
    .action(async ({ json, ...options }: { json?: boolean; only?: string; rate: number; seconds: number }) => {
      knownPart('ingest', ingestParts, options.only);
      const results = await onOwnServers((context) => benchIngest(context, options, onProgress));
      print({ bench: 'ingest', machine: machine(), results }, json ?? false);
    });
  command
    .command('features')
    .description('features of recorded bars in SQL, beside pandas, polars and DuckDB in memory; about five minutes')
    .option('--only <part>', `one of ${featureParts.join(', ')}`)
    .option('--no-peers', 'without the peers, for which a Python environment is made under var/tools')
    .option('--symbols <n>', 'the recorded ones, then again under other names', wholeNumber(1), 36)
    .option('--bars <n>', 'one-minute bars of each symbol that get features', wholeNumber(1), 2_000)
    .option('--closes <n>', 'minutes that close one after the other', wholeNumber(1), 110)
    .option('--json', 'print one JSON document')
    .addHelpText('after', featuresHelp)
    .action(async ({ json, ...options }: FeatureBenchOptions & { json?: boolean }) => {
      knownPart('features', featureParts, options.only);
      const results = await onOwnServers((context) => benchFeatures(context, options, onProgress));
      print({ bench: 'features', machine: machine(), results }, json ?? false);
    });
  command
    .command('models')
    .description('forests on recorded bars, beside scikit-learn and ml-random-forest; about ten minutes')
    .option('--only <part>', `one of ${modelParts.join(', ')}`)
    .option('--no-peers', 'without scikit-learn, for which a Python environment is made under var/tools')
    .option('--rows <n>', 'rows that a forest is fitted on, all of them recorded', wholeNumber(1_000), 72_000)
    .option('--large <n>', 'rows of the large fit, the same again and again', wholeNumber(1_000), 640_000)
    .option('--trees <n>', 'trees of a forest', wholeNumber(1), 100)
    .option('--bars <n>', 'bars of each symbol that the five models are trained on', wholeNumber(500), 2_000)
    .option('--json', 'print one JSON document')
    .addHelpText('after', modelsHelp)
    .action(async ({ json, ...options }: ModelBenchOptions & { json?: boolean }) => {
      knownPart('models', modelParts, options.only);
      const results = await onOwnServers((context) => benchModels(context, options, onProgress));
      print({ bench: 'models', machine: machine(), results }, json ?? false);
    });
  return command;
}

const featuresHelp = `
Figures:
  fill_s, fill_cpu_s     the features of the list of 90, history filled and visible; the server's processor time of it
  fill_cold_s            the same on a server that has just started
  fill_all_s             all features of the catalogue
  frame_s, frame_all_s   the stored rows as a frame in Node, with the features of the list and with all
  close_p99_ms           after a bar closes, until all features of all symbols are stored and visible
  fill_<family>_ms       one family file alone, stored and visible
  <peer>_columns_agreeing  columns of the peer that equal the stored ones to 1e-6 on every row
Beside fill_s and fill_cpu_s stands pandas with the official client, which reads bars from QuestDB and stores its
features there, as ours does. The other peers have their bars in memory and leave their features there.`;

const modelsHelp = `
Figures:
  train_five_models_s       what \`train\` takes for all five, ten symbols: features, labels, five folds, artifacts
  train_fits_s              the fits alone of both engines, added up
  forest_fit_2_workers_s    one forest (regression), 97 columns, depth 8, at least 20 rows a leaf, 10 features a split
  forest_fit_1_worker_s     the same in the calling thread
  forest_fit_cpu_s          processor time of that, which other work on the machine disturbs less
  forest_fit_…_classes_s    the same for three classes
  forest_rss_mib            peak of a process that does nothing but such a fit, with its data
  train_640k_rows_s, train_640k_rss_mib   time and peak of the large fit
  predict_batch_ms          36 rows by five loaded forests; from_disk: read from their artifacts before
  load_binary_ms, load_json_ms            five forests from model.bin, and from model.json.gz
  score_…                   on rows not seen, walk-forward over all rows; scikit-learn has the same settings and folds
  package_…_rows_s          three trees, beside the \`train\` of ml-random-forest
Fits are the middle one of three, each in a fresh process. Peers run in the same run, one after the other.`;

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
