import { Command } from 'commander';
import { benchEndurance, type Endured } from '#app/bench/endurance.ts';
import { type BenchReport, machine } from '#app/bench/report.ts';
import { positiveNumber } from '#app/cli/parse.ts';
import { settings } from '#app/context.ts';
import { printJson, printTable, short } from '#app/terminal.ts';
import { UserError } from '#lib/errors.ts';

/** What `bench endurance --json` prints. */
export type EnduranceReport = BenchReport & Pick<Endured, 'memory' | 'left'>;

/** MiB that a process may grow by. */
const limit = 5;

export function enduranceCommand(): Command {
  return new Command('endurance')
    .description('run the whole pipeline under a steady load, and see what it keeps in memory and leaves behind')
    .option('--rate <n>', 'frames per second', positiveNumber, 500)
    .option('--minutes <n>', 'duration of the load', positiveNumber, 30)
    .option('--json', 'print one JSON document')
    .addHelpText('after', help)
    .action(async ({ json = false, ...options }: { rate: number; minutes: number; json?: boolean }) => {
      const { symbols } = settings().config.market;
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const)
        process.once(signal, () => stop.abort(new UserError('Ended.')));
      const onProgress = (what: string) => process.stderr.write(`${what}\n`);
      const endured = await benchEndurance({ ...options, symbols, signal: stop.signal, onProgress });
      const report: EnduranceReport = { bench: 'endurance', machine: machine(), ...endured };
      if (json) printJson(report);
      else print(report);
      const over = endured.results.filter(({ name, value }) => !(value <= (name === 'files_left' ? 0 : limit)));
      if (over.length > 0)
        throw new UserError(
          `${over.map(({ name, value, unit }) => `${name} is ${short(value)} ${unit}`).join(', ')}.`,
          `The limits are ${limit} MiB for each process and no file left.`,
        );
    });
}

const help = `
Figures:
  <process>_growth_mib  the median of the least that it had in memory in each minute, of the last third of the time, less that
                        of the third before: what lies above a minute's least is garbage that was not collected yet, and the
                        median leaves out dips and bursts. Pages of files are left out: the system takes them back
                        whenever it needs them (limit ${limit})
  files_left            in the temporary directory, and in the data directory beside what it is for, after down (limit 0)
The exit code is 1 when a limit is violated.`;

function print({ results, left }: EnduranceReport): void {
  printTable(
    ['figure', 'value', 'unit'],
    results.map(({ name, value, unit }) => [name, short(value), unit]),
  );
  for (const file of left) process.stdout.write(`left behind: ${file}\n`);
}
