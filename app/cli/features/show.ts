import { Command, Option } from 'commander';
import { oneSymbol, wholeNumber } from '#app/cli/parse.ts';
import { withServices } from '#app/context.ts';
import { outputFile } from '#app/output_file.ts';
import { printJson, printTable, say, short, thousands } from '#app/terminal.ts';
import { catalogue } from '#features/catalogue.ts';
import { exportFeatures, newestRows } from '#features/frames/rows.ts';
import { chooseVenue } from '#jobs/train/window.ts';
import { UserError } from '#lib/errors.ts';
import { type FeatureTimeframe, featureTimeframes } from '#lib/timeframe.ts';

interface ShowOptions {
  symbol: string;
  timeframe: FeatureTimeframe;
  venue?: string;
  bars?: number;
  out?: string;
  force?: boolean;
  json?: boolean;
}

/** Rows that fit side by side on a screen, and rows that a file is asked for. */
const defaultBars = { screen: 4, file: 2_000 };
/** Bars beside one another that can still be read, on a screen that scrolls sideways. */
const mostOnScreen = 100;

export function showCommand(): Command {
  return new Command('show')
    .description('show the newest values of a symbol, or write them to a file with full precision')
    .requiredOption('--symbol <name>', 'symbol, such as BTC-USDT', oneSymbol)
    .addOption(new Option('--timeframe <name>', 'length of the bars').choices(featureTimeframes).default('1m'))
    .option('--venue <name>', 'venue of the market; needed only if there are several')
    .option(
      '--bars <n>',
      `number of bars (default: ${defaultBars.screen}, or ${defaultBars.file} for a file)`,
      wholeNumber(1),
    )
    .option('--out <file>', 'file to write: .parquet or .csv')
    .option('--force', 'overwrite the file if it exists')
    .option('--json', 'print one JSON document')
    .action(async ({ out, force = false, json = false, ...options }: ShowOptions) => {
      const target = out === undefined ? undefined : outputFile(out, force);
      const bars = options.bars ?? (target ? defaultBars.file : defaultBars.screen);
      if (bars > mostOnScreen && !target && !json)
        throw new UserError(
          `A screen shows ${mostOnScreen} bars at most, not ${thousands(bars)}.`,
          'Write them to a file with --out features.parquet (or .csv), or print them with --json.',
        );
      await withServices({}, async ({ db }) => {
        const { symbol, timeframe } = options;
        const request = { venue: await chooseVenue(db, options.venue), symbol, timeframe, bars };
        if (target) return printFile(out!, await exportFeatures(db, request, target), json);
        const rows = await newestRows(db, request);
        if (json) return printJson({ ...request, rows });
        printColumns(rows, timeframe);
      });
    });
}

function printFile(file: string, written: Awaited<ReturnType<typeof exportFeatures>>, json: boolean): void {
  if (json) {
    printJson({ file, ...written });
    return;
  }
  say(
    `${file}: ${thousands(written.rows)} rows of ${written.features} features, ${written.from} to ${written.to}.`,
    false,
  );
}

/** A row a feature, a column a bar: there are many more features than fit beside one another. */
function printColumns(rows: Awaited<ReturnType<typeof newestRows>>, timeframe: FeatureTimeframe): void {
  const values = (name: string) => rows.map((row) => short(row[name] as number | null));
  printTable(
    ['', 'family', ...rows.map((row) => row.ts.toISOString().slice(0, 16))],
    [
      ['close', '', ...values('close')],
      ...catalogue(timeframe).map(({ name, family }) => [name, family, ...values(name)]),
    ],
  );
}
