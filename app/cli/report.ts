import { Command, Option } from 'commander';
import { withServices } from '#app/context.ts';
import { signed } from '#app/numbers.ts';
import { outputPage, writeWhole } from '#app/output_file.ts';
import { attemptsText } from '#app/report/attempts.ts';
import { readImportance } from '#app/report/importance.ts';
import { readReport } from '#app/report/newest_runs.ts';
import { reportPage } from '#app/report/page.ts';
import { readRegimes } from '#app/report/regimes.ts';
import { readRunReports } from '#app/report/run_report.ts';
import { printJson, printTable, say, short } from '#app/terminal.ts';
import { chooseVenue } from '#jobs/train/window.ts';
import { UserError } from '#lib/errors.ts';
import { featureTimeframes, type Timeframe } from '#lib/timeframe.ts';
import { isSimulated } from '#lib/venue.ts';
import { modelNamed } from '#models/catalogue.ts';
import { printImportance } from './importance_table.ts';
import { printRegimes } from './regime_table.ts';
import { printRuns } from './runs_table.ts';

const usualPage = 'report.html';

interface Options {
  venue?: string;
  timeframe: Timeframe;
  /** true is of all models. */
  features?: string | true;
  perRegime?: boolean;
  /** true is a file of the usual name. */
  html?: string | true;
  force?: boolean;
  json?: boolean;
}

export function reportCommand(): Command {
  return new Command('report')
    .description('show the newest run of each model and horizon next to its naive baseline')
    .option('--venue <name>', 'venue of the market; needed only if there are several')
    .addOption(new Option('--timeframe <name>', 'length of the bars').choices(featureTimeframes).default('1m'))
    .option(
      '--features [model]',
      'show how important families and features are to one model or to all, by gain and by permutation',
    )
    .option('--per-regime', 'show whether models by regime did better than pooled models, fold by fold')
    .option('--html [file]', `write a page with charts to this file (default: ${usualPage})`)
    .option('--force', 'overwrite the file if it exists')
    .option('--json', 'print one JSON document')
    .action(async ({ html, ...options }: Options) => {
      if (html) return writePage(outputPage(html === true ? usualPage : html, options.force ?? false), options);
      const { venue: asked, timeframe, features, perRegime, json } = options;
      const only = typeof features === 'string' ? modelNamed(features).name : undefined;
      const { venue, models, importance, regimes } = await withServices({}, async ({ db }) => {
        const venue = await chooseVenue(db, asked);
        const importance = features ? await readImportance(db, venue, timeframe) : undefined;
        const regimes = perRegime ? await readRegimes(db, venue, timeframe) : undefined;
        return { venue, models: await readReport(db, venue, timeframe), importance, regimes };
      });
      if (models.length === 0) throw nothingTrained(venue, timeframe);
      const wanted = importance?.filter(({ model }) => only === undefined || model === only);
      if (wanted?.length === 0)
        throw new UserError(
          `${only} has not been trained on ${timeframe} bars of ${venue}.`,
          `Run ${trainCommand(venue, timeframe, only)}.`,
        );
      if (regimes?.length === 0)
        throw new UserError(
          `No newest run on ${timeframe} bars of ${venue} tried models by regime.`,
          `Run ${trainCommand(venue, timeframe)} --per-regime.`,
        );
      const simulated = isSimulated(venue);
      if (json) return printJson({ venue, timeframe, simulated, models, importance: wanted, per_regime: regimes });
      if (simulated) say('SIMULATED MARKET: these figures say nothing about a real market.', false);
      if (wanted) printImportance(wanted);
      if (regimes) printRegimes(regimes);
      if (wanted || regimes) return;
      printRuns(models);
      printTable(
        [
          'model',
          'ahead',
          'figure',
          'value',
          'baseline',
          'plain rules',
          'skill against',
          'IC, t',
          'break-even, cost',
          'symbols',
          'window',
          'run',
        ],
        models.map((model) => [
          model.name,
          model.horizon,
          model.headline.metric,
          short(model.headline.value),
          short(model.headline.baseline),
          Object.entries(model.rules)
            .map(([rule, accuracy]) => `${rule} ${short(accuracy)}`)
            .join(', ') || '–',
          Object.entries(model.besides)
            .map(([forecast, skill]) => `${forecast} ${signed(skill)}`)
            .join(', ') || '–',
          model.ic ? `${signed(model.ic.mean)}, ${short(model.ic.t)}` : '–',
          model.tradability ? `${short(model.tradability.break_even_bp)}, ${short(model.tradability.cost_bp)} bp` : '–',
          model.symbols.length,
          `${model.window.from.slice(0, 16)} to ${model.window.to.slice(0, 16)}`,
          model.run_id,
        ]),
      );
      for (const { name, attempts, warning } of models)
        say(`${name}: ${attemptsText(attempts)}.${warning ? ` ${warning}` : ''}`, false);
    });
}

async function writePage(file: string, { venue: asked, timeframe, json = false }: Options): Promise<void> {
  const { venue, runs } = await withServices({}, async ({ db }) => {
    const venue = await chooseVenue(db, asked);
    return { venue, runs: await readRunReports(db, venue, timeframe) };
  });
  if (runs.length === 0) throw nothingTrained(venue, timeframe);
  writeWhole(file, reportPage(venue, timeframe, runs, new Date()));
  if (json) printJson({ file, venue, timeframe, runs: runs.map(({ summary }) => summary.run_id) });
  else say(`${file}: ${runs.length} runs on ${timeframe} bars of ${venue}.`, false);
}

function nothingTrained(venue: string, timeframe: Timeframe): UserError {
  return new UserError(
    `No model has been trained on ${timeframe} bars of ${venue}.`,
    `Run ${trainCommand(venue, timeframe)}.`,
  );
}

function trainCommand(venue: string, timeframe: Timeframe, model?: string): string {
  return `./tickforest train ${model ? `${model} ` : ''}--venue ${venue} --timeframe ${timeframe}`;
}
