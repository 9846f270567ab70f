import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { benchIngest, ingestParts } from '#lib/bench/ingest/bench.ts';
import { type BenchReport, machine } from '#lib/bench/report.ts';
import { UserError } from '#lib/errors.ts';
import { withServices } from './context.ts';
import { printJson, printTable, short, thousands } from './output.ts';

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
      if (options.only !== undefined && !ingestParts.some((part) => part === options.only))
        throw new UserError(`bench ingest has no part ${options.only}.`, `Its parts are ${ingestParts.join(', ')}.`);
      // Its own servers and data: a benchmark must neither see nor touch what is stored.
      const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-bench-'));
      try {
        const results = await withServices({ dataDir }, (context) =>
          benchIngest(context, options, (what) => process.stderr.write(`${what}\n`)),
        );
        print({ bench: 'ingest', machine: machine(), results }, json ?? false);
      } finally {
        rmSync(dataDir, { recursive: true, force: true });
      }
    });
  return command;
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
