import { Command } from 'commander';
import { faults } from '#app/bench/faults/catalogue.ts';
import { faultFigures } from '#app/bench/faults/figures.ts';
import type { Outcome } from '#app/bench/faults/outcome.ts';
import { Pipeline } from '#app/bench/faults/pipeline.ts';
import { benchFaults } from '#app/bench/faults/run.ts';
import { type BenchReport, machine } from '#app/bench/report.ts';
import { settings } from '#app/context.ts';
import { printJson, printTable, short, thousands } from '#app/terminal.ts';
import { UserError } from '#lib/errors.ts';

/** What `bench faults --json` prints. */
export interface FaultReport extends BenchReport {
  rows: Outcome[];
}

const names = faults.map(({ name }) => name);

export function faultsCommand(): Command {
  return new Command('faults')
    .description('plant faults under a running pipeline and compare what it stores and says with the truth')
    .option('--only <names>', 'plant only these faults; separated by commas', (text: string) => text.split(','))
    .option('--list', 'list the faults and plant none')
    .option('--json', 'print one JSON document')
    .addHelpText('after', help)
    .action(async ({ only, list, json = false }: { only?: string[]; list?: boolean; json?: boolean }) => {
      if (list) return printList(json);
      const unknown = only?.find((name) => !names.includes(name));
      if (unknown !== undefined)
        throw new UserError(`bench faults has no fault ${unknown}.`, `Its faults are ${names.join(', ')}.`);
      for (const signal of ['SIGINT', 'SIGTERM'] as const)
        process.once(signal, () => void Pipeline.endAll().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143)));
      const begun = Date.now();
      const rows = await benchFaults(settings().config, only, (what) => {
        process.stderr.write(`${Math.round((Date.now() - begun) / 1_000)} s  ${what}\n`);
      });
      const report: FaultReport = { bench: 'faults', machine: machine(), results: faultFigures(rows), rows };
      if (json) printJson(report);
      else print(report);
      const violating = rows.filter(({ violations }) => violations.length > 0);
      if (violating.length > 0)
        throw new UserError(
          `${violating.length} of ${rows.length} faults do what they must not: ${violating.map(({ name }) => name).join(', ')}.`,
          'The column violations says what.',
        );
    });
}

const help = `
Takes about half an hour; each fault needs about half a minute, and each pipeline a minute to start and one to be judged.
Of each fault:
  delivered, stored   rows that a proxy has delivered to ingest since the fault began, and those that are in the table ticks
  lost                delivered and not stored; without row: neither in rejected_ticks nor within a gap of the table gaps (limit 0)
  lying               bars of one minute that say complete and differ from the exchange's own trades (limit 0)
  signals             answers about the bars that closed meanwhile which are missing or doubled (limit 0): each model at each
                      horizon has exactly one row for each bar of a symbol
  told s              time until status named a problem (limit 90 s). It has to where something was harmed that lasts: a
                      delivered row is not stored, or a bar is missing, incomplete or wrong
  healthy s           time after the fault's end until status was healthy again, without anybody doing anything (limit 120 s)
The exit code is 1 when a limit is violated.`;

function printList(json: boolean): void {
  const rows = faults.map(({ name, does }) => ({ name, does }));
  if (json) printJson(rows);
  else
    printTable(
      ['fault', 'what happens'],
      rows.map(({ name, does }) => [name, does]),
    );
}

function print({ results, rows }: FaultReport): void {
  const time = (value: number | null) => (value === null ? '–' : short(value));
  printTable(
    ['fault', 'delivered', 'stored', 'lost', 'without row', 'lying', 'signals', 'told s', 'healthy s', 'violations'],
    rows.map((row) => [
      ...[row.name, thousands(row.delivered), thousands(row.stored), row.lost, row.lost_without_row, row.lying_bars],
      `${row.signals_missing}/${row.signals_doubled}`,
      ...[time(row.told_s), time(row.healthy_s)],
      row.skipped === null ? row.violations.join('; ') : `skipped: ${row.skipped}`,
    ]),
  );
  printTable(
    ['figure', 'value', 'unit'],
    results.map(({ name, value, unit }) => [name, Number.isFinite(value) ? short(value) : 'never', unit]),
  );
}
