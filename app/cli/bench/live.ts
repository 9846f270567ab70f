import { Command } from 'commander';
import { benchLiveSignals, type LiveMeasured } from '#app/bench/live/bench.ts';
import { type BenchReport, machine } from '#app/bench/report.ts';
import { positiveNumber, wholeNumber } from '#app/cli/parse.ts';
import { printJson, printTable, short } from '#app/terminal.ts';
import { UserError } from '#lib/errors.ts';

/** What `bench live --json` prints. */
export type LiveReport = BenchReport & Pick<LiveMeasured, 'bars'>;

/** The most that a figure may be. */
const limits: Readonly<Record<string, number>> = {
  signal_p50_ms: 300,
  signal_p99_ms: 800,
  bar_end_p99_ms: 3_000,
  signals_missing: 0,
  signals_doubled: 0,
  signals_rewritten: 0,
  rss_growth_mib: 20,
};

export function liveCommand(): Command {
  return new Command('live')
    .description('run the whole pipeline with five models and measure how its signals come, bar by bar')
    .option('--minutes <n>', 'number of bars that count', wholeNumber(1), 15)
    .option('--rate <n>', 'ticks per second', positiveNumber, 500)
    .option('--json', 'print one JSON document')
    .addHelpText('after', help)
    .action(async ({ json = false, ...options }: { minutes: number; rate: number; json?: boolean }) => {
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const)
        process.once(signal, () => stop.abort(new UserError('Ended.')));
      const onProgress = (what: string) => process.stderr.write(`${what}\n`);
      const { results, bars } = await benchLiveSignals({ ...options, signal: stop.signal, onProgress });
      const report: LiveReport = { bench: 'live', machine: machine(), results, bars };
      if (json) printJson(report);
      else
        printTable(
          ['figure', 'value', 'unit', 'limit'],
          results.map(({ name, value, unit }) => [
            ...[name, Number.isFinite(value) ? short(value) : 'unknown', unit],
            limits[name] === undefined ? '–' : String(limits[name]),
          ]),
        );
      const over = results.filter(({ name, value }) => limits[name] !== undefined && !(value <= limits[name]));
      if (over.length > 0)
        throw new UserError(
          `${over.map(({ name, value, unit }) => `${name} is ${short(value)} ${unit}`).join(', ')}.`,
          'The column limit says what is allowed; other work on the machine counts too.',
        );
    });
}

const help = `
A simulated exchange with 36 symbols on the clock of the wall, up with an ingest and a worker of their own, and the models that
its first training makes of the exchange's history: each at its own horizons. It takes a few minutes more than --minutes.
Figures:
  signal_p50_ms, signal_p99_ms  from when the close of a bar was added to its queue until a query sees its last answer; the
                                query is asked every few milliseconds, so a figure is too great by that at most
  bar_end_p99_ms                the same from the end of the bar; two seconds of it are the grace for late ticks
  close_p50_ms, features_p50_ms, predict_p50_ms
                                the jobs of the chain: they are done when what they wrote can be read
  signals_made, signals_absent  rows that are signals, gated ones among them, and rows that say why there is none
  signals_missing, signals_doubled, signals_rewritten
                                answers that are not there; rows beyond the first of an answer; rows that changed or went
                                between two looks. An answer is due of each bar, symbol, model and horizon
  rss_growth_mib                growth of ingest or worker, the larger: the median of each minute's least memory, last third
                                of the time less the third before
With few bars the 99th percentile is the slowest of them. The exit code is 1 above a limit.`;
