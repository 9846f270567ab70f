import { Command, Option } from 'commander';
import { isSimulated } from '#ingest/venue.ts';
import { chooseVenue } from '#jobs/training_window.ts';
import { UserError } from '#lib/errors.ts';
import type { Timeframe } from '#lib/features/timeframe.ts';
import { readImportance } from '#lib/importance_report.ts';
import { readReport } from '#lib/report.ts';
import { modelNamed } from '#models/catalogue.ts';
import { withServices } from './context.ts';
import { printImportance } from './importance_table.ts';
import { printJson, printTable, say, short } from './output.ts';
import { printRuns } from './runs_table.ts';

interface Options {
  venue?: string;
  timeframe: Timeframe;
  /** true is of all models. */
  features?: string | true;
  json?: boolean;
}

export function reportCommand(): Command {
  return new Command('report')
    .description('the newest run of each model beside its naive baseline')
    .option('--venue <name>', 'whose market; may be left out where there is only one')
    .addOption(new Option('--timeframe <name>', 'length of a bar').choices(['1m']).default('1m'))
    .option('--features [model]', 'what the models, or one, rest on: families and features, by gain and by permutation')
    .option('--json', 'print one JSON document')
    .action(async ({ venue: asked, timeframe, features, json }: Options) => {
      const only = typeof features === 'string' ? modelNamed(features).name : undefined;
      const { venue, models, importance } = await withServices({}, async ({ db }) => {
        const venue = await chooseVenue(db, asked);
        const importance = features ? await readImportance(db, venue, timeframe) : undefined;
        return { venue, models: await readReport(db, venue, timeframe), importance };
      });
      if (models.length === 0)
        throw new UserError(`No model has been trained on ${timeframe} bars of ${venue}.`, 'Run ./tickforest train.');
      const wanted = importance?.filter(({ model }) => only === undefined || model === only);
      if (wanted?.length === 0)
        throw new UserError(
          `${only} has not been trained on ${timeframe} bars of ${venue}.`,
          `Run ./tickforest train ${only}.`,
        );
      if (json) return printJson({ venue, timeframe, simulated: isSimulated(venue), models, importance: wanted });
      if (isSimulated(venue)) say('SIMULATED MARKET: these figures say nothing about any real one.', false);
      if (wanted) return printImportance(wanted);
      printRuns(models);
      printTable(
        ['model', 'figure', 'value', 'baseline', 'plain rules', 'symbols', 'window', 'run'],
        models.map((model) => [
          model.name,
          model.headline.metric,
          short(model.headline.value),
          short(model.headline.baseline),
          Object.entries(model.rules)
            .map(([rule, accuracy]) => `${rule} ${short(accuracy)}`)
            .join(', ') || '–',
          model.symbols.length,
          `${model.window.from.slice(0, 16)} to ${model.window.to.slice(0, 16)}`,
          model.run_id,
        ]),
      );
    });
}
