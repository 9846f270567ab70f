import { Command, Option } from 'commander';
import { withServices } from '#app/context.ts';
import { printJson, say } from '#app/terminal.ts';
import { rollBack } from '#jobs/runs/promote.ts';
import { chooseVenue } from '#jobs/train/window.ts';
import { featureTimeframes } from '#lib/timeframe.ts';
import { modelNamed, modelNames } from '#models/catalogue.ts';

interface Options {
  venue?: string;
  timeframe: string;
  reason: string;
  json?: boolean;
}

export function rollbackCommand(): Command {
  return new Command('rollback')
    .description('bring back the champion before the present one')
    .argument('<model>', `one of ${modelNames.join(', ')}`)
    .option('--venue <name>', 'whose market; may be left out where there is only one')
    .addOption(new Option('--timeframe <name>', 'length of a bar').choices(featureTimeframes).default('1m'))
    .option('--reason <text>', 'kept with the decision', 'rolled back by hand')
    .option('--json', 'print one JSON document')
    .action(async (model: string, { venue, timeframe, reason, json }: Options) => {
      modelNamed(model);
      const outcome = await withServices({}, async ({ db }) =>
        rollBack(db, { venue: await chooseVenue(db, venue), model, timeframe }, reason),
      );
      if (json) printJson({ model, ...outcome });
      else say(`${outcome.to} is the champion of ${model} again, in place of ${outcome.from}.`, false);
    });
}
