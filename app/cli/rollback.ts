import { Command, Option } from 'commander';
import { withServices } from '#app/context.ts';
import { printJson, say } from '#app/terminal.ts';
import { rollBack } from '#jobs/runs/promote.ts';
import { chooseVenue } from '#jobs/train/window.ts';
import { featureTimeframes } from '#lib/timeframe.ts';
import { modelNamed, modelNames } from '#models/catalogue.ts';
import { wholeNumber } from './parse.ts';

interface Options {
  venue?: string;
  timeframe: string;
  horizon?: number;
  reason: string;
  json?: boolean;
}

export function rollbackCommand(): Command {
  return new Command('rollback')
    .description('bring back the previous champion')
    .argument('<model>', `one of ${modelNames.join(', ')}`)
    .option('--venue <name>', 'venue of the market; needed only if there are several')
    .addOption(new Option('--timeframe <name>', 'length of the bars').choices(featureTimeframes).default('1m'))
    .option('--horizon <n>', 'bars ahead; needed only if champions of several horizons stand', wholeNumber(1))
    .option('--reason <text>', 'reason that is stored with the decision', 'rolled back by hand')
    .option('--json', 'print one JSON document')
    .action(async (model: string, { venue, timeframe, horizon, reason, json }: Options) => {
      modelNamed(model);
      const outcome = await withServices({}, async ({ db }) =>
        rollBack(db, { venue: await chooseVenue(db, venue), model, timeframe, horizon }, reason),
      );
      if (json) printJson({ model, ...outcome });
      else
        say(
          `${outcome.to} is the champion of ${model}, ${outcome.horizon} bars ahead, again; it replaces ${outcome.from}.`,
          false,
        );
    });
}
