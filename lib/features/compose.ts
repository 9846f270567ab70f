import { bind, statement, type Timestamp } from '#lib/questdb/statement.ts';
import { type Feature, relations } from './header.ts';
import { constants, type Timeframe } from './timeframe.ts';

/** A part of an unbroken run of one symbol. All bounds are bar-open times and belong to it. */
export interface Span {
  venue: string;
  symbol: string;
  /** First bar of each relation that the families read. */
  history: Timestamp;
  approach: Timestamp;
  bars: Timestamp;
  /** First and last bar to emit. */
  from: Timestamp;
  to: Timestamp;
}

/** The base columns of the feature table, and what each is made of. */
const base = [
  ['ts', 'bars.ts'],
  ['venue', ':venue'],
  ['symbol', ':symbol'],
  ['close', 'bars.close'],
  ['set_hash', ':set_hash'],
  ['computed_at', 'now()'],
  ['candle_known_at', 'bars.known_at'],
] as const;

/**
 * The statement that computes all features of a span and writes them, one whole row a bar. The family files are common
 * table expressions over the relations of bars, joined on the time of the bar: a join keeps each family's windows
 * apart, so that no column is carried through the windows of another family.
 */
export function composeFill(timeframe: Timeframe, features: readonly Feature[], span: Span, setHash: string): string {
  const files = [...Map.groupBy(features, (feature) => relationOf(feature)).keys()];
  const columns = [
    ...base,
    ...features.map((feature) => [feature.name, `${relationOf(feature)}.${feature.name}`] as const),
  ];
  const expressions = [
    ...relations.map((name) => [name, statement('features/bars').replaceAll(':load', `:${name}`)]),
    ...files.map((name) => [name, statement(`features/${name}`)]),
  ];
  const text = `
INSERT INTO features_{timeframe} (${columns.map(([name]) => name).join(', ')})
SELECT * FROM (
WITH ${expressions.map(([name, sql]) => `${name} AS (\n${sql}\n)`).join(', ')}
SELECT
${columns.map(([name, sql]) => `${sql} AS ${name}`).join(',\n')}
FROM bars
${files.map((name) => `JOIN ${name} ON ${name}.ts = bars.ts`).join('\n')}
WHERE bars.ts >= :from
)`;
  const { from, to, history, approach, bars, venue, symbol } = span;
  const used = Object.entries(constants(timeframe)).filter(([name]) => text.includes(`:${name}`));
  return bind(text, {
    timeframe,
    ...Object.fromEntries(used),
    venue,
    symbol,
    history,
    approach,
    bars,
    from,
    until: to,
    set_hash: setHash,
  });
}

function relationOf(feature: Feature): string {
  return feature.file.replace(/^.*\/|\.sql$/g, '');
}
