import { Command, Option } from 'commander';
import { withServices } from '#app/context.ts';
import { printJson, progress, say, thousands } from '#app/terminal.ts';
import { type Rebuilt, rebuildFeatures } from '#features/rebuild.ts';
import { chooseVenue } from '#jobs/train/window.ts';
import { type FeatureTimeframe, featureTimeframes } from '#lib/timeframe.ts';

interface Options {
  venue?: string;
  timeframe: FeatureTimeframe | 'all';
  force?: boolean;
  json?: boolean;
}

export function rebuildCommand(): Command {
  return new Command('rebuild')
    .description('compute stored features anew whose definition has changed since')
    .option('--venue <name>', 'whose market; may be left out where there is only one')
    .addOption(
      new Option('--timeframe <name>', 'length of a bar').choices([...featureTimeframes, 'all']).default('all'),
    )
    .option('--force', 'also those of the current definition')
    .option('--json', 'print one JSON document')
    .action(async ({ venue: asked, timeframe, force, json = false }: Options) => {
      const result = await withServices({}, async ({ db }) => {
        const venue = await chooseVenue(db, asked);
        const rebuilt: Rebuilt[] = [];
        for (const name of timeframe === 'all' ? featureTimeframes : [timeframe]) {
          const bar = progress(`features ${name}`, 1);
          const request = { venue, timeframe: name, ...(force ? { force } : {}) };
          rebuilt.push(await rebuildFeatures(db, request, (done, total) => bar.update(done, total)));
          bar.end();
        }
        return { venue, rebuilt };
      });
      if (json) return printJson(result);
      for (const each of result.rebuilt) say(sentence(each), false);
    });
}

function sentence({ timeframe, set_hash, outdated, left, filled }: Rebuilt): string {
  if (!filled) return `${timeframe}: all rows are of the current definition, ${set_hash}.`;
  const rest = left > 0 ? `; ${thousands(left)} of bars that can have none any more stay as they were` : '';
  return `${timeframe}: ${thousands(outdated)} rows were of another definition; ${thousands(filled.rows)} computed anew as ${set_hash}${rest}.`;
}
