import { warmupBars } from '#features/catalogue.ts';
import { constants } from '#features/constants.ts';
import { type FeatureEntry, featureEntries, rangeText } from '#features/entry.ts';
import { families } from '#features/header.ts';
import { featureTimeframes } from '#lib/timeframe.ts';

const titles: Record<(typeof families)[number], string> = {
  price: 'Price',
  volume: 'Volume',
  technical: 'Technical',
  volatility: 'Volatility',
  regime: 'Regime',
  scaled: 'Scaled: without the unit of price and volume',
  flow: 'Flow: who trades and how',
  cross: 'Cross: compared with BTC and with all symbols of the venue',
  timeframes: 'Timeframes: values of coarser bars at their last close',
  range: 'Range: how far prices move, in logs, over spells from a bar to a day',
};

/** docs/features.md, from the headers of sql/features/families. `./tickforest generate` writes it. */
export function featuresPage(): string {
  const entries = featureEntries();
  return [
    '# Features',
    '',
    'This page lists every feature. Each feature is a column of the tables `features_1m`, `features_5m`, `features_15m` and',
    '`features_1h`, unless its section names fewer timeframes. The definitions are the SQL files in `sql/features/families`, and this',
    'page is generated from their headers. `./tickforest features list --json` prints the same list, and for each feature the input',
    'that models see.',
    '',
    `A bar gets a row once ${warmupBars('1m')} bars stand before it without a gap; that is the longest warm-up of any feature. The warm-up of a`,
    'feature is the number of earlier bars that it needs: enough to fill its windows, and for an EMA twice its period. The column',
    '`null` says which value a feature has where its formula would divide by zero. `x[n]` is the value of x n bars earlier. A window',
    'includes the bar itself and ends with it.',
    '',
    'A `level` has the unit of a price or a volume, and models see it only as a ratio. A `relative` feature has no unit. A `flag` is 0 or',
    '1. A `category` is a number that stands for a kind.',
    '',
    ...constantsTable(),
    ...families.flatMap((family) =>
      section(
        titles[family],
        entries.filter((entry) => entry.family === family),
      ),
    ),
  ].join('\n');
}

/** What differs from timeframe to timeframe. */
function constantsTable(): string[] {
  const names = Object.keys(constants('1m')) as (keyof ReturnType<typeof constants>)[];
  const rows = names.map((name) => {
    const values = featureTimeframes.map((timeframe) => Number(constants(timeframe)[name].toPrecision(6)));
    return `| \`:${name}\` | ${values.join(' | ')} |`;
  });
  return [
    'These constants depend on the length of a bar:',
    '',
    `| | ${featureTimeframes.join(' | ')} |`,
    `| --- |${' ---: |'.repeat(featureTimeframes.length)}`,
    ...rows,
    '',
  ];
}

function section(title: string, entries: readonly FeatureEntry[]): string[] {
  if (entries.length === 0) return [];
  const groups = Map.groupBy(entries, ({ hypothesis, timeframes }) => JSON.stringify([hypothesis, timeframes]));
  return [`## ${title}`, '', ...[...groups.values()].flatMap(group)];
}

/** Features with one hypothesis. */
function group(entries: FeatureEntry[]): string[] {
  const [{ hypothesis, timeframes }] = entries;
  const only = timeframes.length < featureTimeframes.length ? [`Only for bars of ${timeframes.join(', ')}.`, ''] : [];
  return [
    ...(hypothesis ? [`*Hypothesis.* ${hypothesis}`, ''] : []),
    ...only,
    '| feature | scale | formula | warm-up | range | null | source |',
    '| --- | --- | --- | ---: | --- | --- | --- |',
    ...entries.map((entry) => {
      const cells = [entry.scale, entry.formula, String(entry.warmup), rangeText(entry), entry.null_rule, entry.source];
      return `| \`${entry.name}\` | ${cells.map(escaped).join(' | ')} |`;
    }),
    '',
  ];
}

/** Stars would set the text between them in italics. */
function escaped(text: string): string {
  return text.replace(/[|*_<\\]/g, '\\$&');
}

if (import.meta.main) process.stdout.write(featuresPage());
