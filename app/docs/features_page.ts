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
  scaled: 'Scaled: free of the unit of price and volume',
  flow: 'Flow: who trades, and how',
  cross: 'Cross: against BTC and all symbols of the venue',
  timeframes: 'Timeframes: what coarser bars said as of their last close',
};

/** docs/features.md, from the headers of sql/features. `node app/docs/features_page.ts > docs/features.md` writes it. */
export function featuresPage(): string {
  const entries = featureEntries();
  return [
    '# Features',
    '',
    `${entries.length} features of a bar, each a column of \`features_1m\`, \`features_5m\`, \`features_15m\` and \`features_1h\` (where a family is`,
    'not of all of them, it says so). The definitions are the SQL files of `sql/features`, and this page is made of their headers;',
    '`./tickforest features list --json` has the same, and the input by which models see each feature.',
    '',
    `A bar has a row when ${warmupBars('1m')} bars of its unbroken run stand before it: the longest warm-up. The others begin with whole windows`,
    'earlier; of an EMA the warm-up is twice its period. `null` is the value that stands where the formula would divide by zero.',
    '`x[n]` is the value of x n bars before. Windows end with the bar itself.',
    '',
    'A `level` has the unit of price or volume and enters models only through a ratio; `relative` has none; a `flag` is 0 or 1; a',
    '`category` is a number that stands for a kind.',
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
    'The only constants that depend on the length of a bar:',
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
  const only = timeframes.length < featureTimeframes.length ? [`Only of ${timeframes.join(', ')} bars.`, ''] : [];
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
