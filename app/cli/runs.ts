import { Command, Option } from 'commander';
import { withServices } from '#app/context.ts';
import { printJson, printTable, say, short } from '#app/terminal.ts';
import { featureTimeframes } from '#lib/timeframe.ts';
import { modelNamed, modelNames } from '#models/catalogue.ts';
import type { RowOf } from '#sql/rows.ts';
import { wholeNumber } from './parse.ts';

interface Options {
  model?: string;
  venue?: string;
  timeframe?: string;
  limit: number;
  json?: boolean;
}

type ListedRun = RowOf<'runs/listed'>;

export function runsCommand(): Command {
  return new Command('runs')
    .description('list the runs of the models with their ids, the newest first')
    .option('--model <name>', `only runs of one of ${modelNames.join(', ')}`)
    .option('--venue <name>', 'only runs on the market of this venue')
    .addOption(new Option('--timeframe <name>', 'only runs on bars of this length').choices(featureTimeframes))
    .option('--limit <n>', 'number of runs to list', wholeNumber(1), 30)
    .option('--json', 'print one JSON document')
    .action(async ({ model = '', venue = '', timeframe = '', limit, json = false }: Options) => {
      if (model) modelNamed(model);
      const rows = await withServices({}, ({ db }) =>
        // One more tells whether there are more.
        db.rows('runs/listed', { model, venue, timeframe, most: limit + 1 }),
      );
      const runs = rows.slice(0, limit);
      const more = rows.length > limit;
      if (json) printJson({ runs: runs.map(documentOf), more });
      else if (runs.length > 0) print(runs, more);
      if (runs.length === 0) say(emptyText({ model, venue, timeframe }), json);
    });
}

function documentOf({ window_to, created_at, ...run }: ListedRun) {
  return { ...run, window_to: window_to.toISOString(), created_at: created_at.toISOString() };
}

function print(runs: ListedRun[], more: boolean): void {
  printTable(
    ['run', 'model', 'bars', 'ahead', 'venue', 'window end', 'engine', 'skill', 'p', 'created (UTC)', ''],
    runs.map((run) => [
      ...[run.run_id, run.model, run.timeframe, run.horizon, run.venue, minuteOf(run.window_to), run.engine],
      ...[short(run.skill), short(run.p_value), minuteOf(run.created_at), noteOf(run)],
    ]),
  );
  if (more) say(`The newest ${runs.length} runs; there are more: --limit.`, false);
}

function noteOf({ champion, simulated, shuffled }: ListedRun): string {
  if (champion) return 'champion';
  return [shuffled && 'shuffled labels', simulated && 'simulated market'].filter(Boolean).join(', ');
}

function minuteOf(time: Date): string {
  return time.toISOString().slice(0, 16).replace('T', ' ');
}

function emptyText({ model, venue, timeframe }: { model: string; venue: string; timeframe: string }): string {
  const of = [model && ` of ${model}`, timeframe && ` on ${timeframe} bars`, venue && ` of ${venue}`].join('');
  const options = [model && ` ${model}`, venue && ` --venue ${venue}`, timeframe && ` --timeframe ${timeframe}`];
  return `There is no run${of}. Train: ./tickforest train${options.join('')}`;
}
