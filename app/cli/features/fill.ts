import { Command, Option } from 'commander';
import { symbolList } from '#app/cli/parse.ts';
import { withServices } from '#app/context.ts';
import { printJson, progress, say, thousands } from '#app/terminal.ts';
import { catalogue } from '#features/catalogue.ts';
import { fillFeatures } from '#features/fill.ts';
import { fillLabels } from '#features/labels.ts';
import { countDefects } from '#features/quality.ts';
import { modelHorizons } from '#jobs/train/horizons.ts';
import { chooseVenue } from '#jobs/train/window.ts';
import { type FeatureTimeframe, featureTimeframes } from '#lib/timeframe.ts';

interface FillOptions {
  venue?: string;
  timeframe: FeatureTimeframe;
  symbols?: string[];
  json?: boolean;
}

export function fillCommand(): Command {
  return new Command('fill')
    .description('compute and store the features that bars lack, and the labels (the default)')
    .option('--venue <name>', 'venue of the market; needed only if there are several')
    .addOption(new Option('--timeframe <name>', 'length of the bars').choices(featureTimeframes).default('1m'))
    .option('--symbols <list>', 'only these symbols, separated by commas', symbolList)
    .option('--json', 'print one JSON document')
    .action(async ({ venue: asked, timeframe, symbols, json = false }: FillOptions) => {
      const result = await withServices({}, async ({ db, config }) => {
        const venue = await chooseVenue(db, asked);
        const bar = progress('features', 1);
        const filled = await fillFeatures(db, { venue, timeframe, symbols, onlyMissing: true }, (done, total) =>
          bar.update(done, total),
        );
        bar.end();
        const labelBar = progress('labels', 1);
        const horizons = new Set(modelHorizons(config.training).map(({ horizon }) => horizon));
        for (const horizon of horizons)
          await fillLabels(db, { venue, timeframe, horizon, symbols }, (done, total) => labelBar.update(done, total));
        labelBar.end();
        return {
          venue,
          timeframe,
          columns: catalogue(timeframe).length,
          // The rows of these are those that stand now, of which the fill wrote some.
          ...(await countDefects(db, { venue, timeframe, symbols })),
          ...filled,
        };
      });
      if (json) return printJson(result);
      say(
        `${thousands(result.rows)} rows of ${result.columns} features for ${result.symbols} symbols were written, ${thousands(result.kept)} stood already; ${result.nulls} null, ${result.infinite} infinite.`,
        false,
      );
      for (const { symbol, reason } of result.skipped) say(`Skipped ${symbol}: ${reason}.`, false);
    });
}
