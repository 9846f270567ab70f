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
    .description('recompute stored features whose definition has changed')
    .option('--venue <name>', 'venue of the market; needed only if there are several')
    .addOption(
      new Option('--timeframe <name>', 'length of the bars').choices([...featureTimeframes, 'all']).default('all'),
    )
    .option('--force', 'also recompute features of the current definition')
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
  if (!filled) return `${timeframe}: all rows have the current definition, ${set_hash}.`;
  const rest =
    left > 0 ? `; ${thousands(left)} rows stay as they were, because their bars can no longer have features` : '';
  return `${timeframe}: ${thousands(outdated)} rows had another definition; ${thousands(filled.rows)} were recomputed as ${set_hash}${rest}.`;
}
