import { bind, Moments, type Prepared } from '#lib/questdb/statement.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros, type Timeframe } from '#lib/timeframe.ts';
import { statement } from '#sql/read.ts';
import { constants } from './constants.ts';
import type { FamilyFile, NewestFile } from './header.ts';
import { inStride, strided } from './strided.ts';

/** Bars to compute: the same ones of several symbols. All times are bar-open times. */
export interface Span {
  venue: string;
  symbols: readonly string[];
  /** First bar of the symbols' unbroken runs: nothing before it is read. */
  begin: Micros;
  /** First and last bar to compute. */
  from: Micros;
  to: Micros;
  /** Whether all that is recursive goes on from the stored row before `from`; else it begins anew, long enough before. */
  continued: boolean;
  /** Whether it is one bar with so many stored rows before it that each family may say it in its shorter way. */
  newest?: boolean;
  /** Whether all of its symbols have all bars from the first one that is read on, so that their rows stand in stride. */
  aligned?: boolean;
}

/** The columns that every row begins with, and what each is made of. */
const base = [
  ['ts', 'written.ts'],
  ['venue', ':venue'],
  ['symbol', 'written.symbol'],
  ['close', 'written.close'],
  ['set_hash', ':set_hash'],
  ['computed_at', 'now()'],
  ['candle_known_at', 'written.known_at'],
] as const;

/**
 * The SELECT that computes all features of a span, one row a bar. Each family file is a common table expression over
 * bars of its own, beginning as early as its windows need; they are joined on time and symbol, so that no column is
 * carried through the windows of another family.
 * @param candles what to read bars from, instead of the table of the timeframe
 */
export function composeSelect(
  timeframe: Timeframe,
  files: readonly FamilyFile[],
  span: Span,
  setHash: string,
  candles = `candles_${timeframe}`,
): Prepared {
  const moments = new Moments();
  const isStrided = files.some((file) => stridesIn(file, span));
  const made = files.map((file) => `${file.name} AS (\n${family(timeframe, file, span, moments)}\n)`);
  const columns = [...base.map(([name, sql]) => `${sql} AS ${name}`), ...files.flatMap(columnsOf).map(qualified)];
  const text = `WITH
written AS (
${bindUsed(statement('features/bars_to_write'), scope(timeframe, span, moments))}
),
${isStrided ? `whole AS (\n${whole(timeframe, files, span, moments)}\n),\n` : ''}${made.join(',\n')}
SELECT
${bindUsed(columns.join(',\n'), { venue: span.venue, set_hash: setHash })}
FROM written
${files.map(({ name }) => `JOIN ${name} ON ${name}.ts = written.ts AND ${name}.symbol = written.symbol`).join('\n')}${isStrided ? '\nCROSS JOIN whole' : ''}`;
  return { text: text.replaceAll('{candles}', candles), values: moments.values };
}

/** The statement that computes all features of a span and writes them to a table, one whole row a bar. */
export function composeFill(
  timeframe: Timeframe,
  files: readonly FamilyFile[],
  span: Span,
  setHash: string,
  table = `features_${timeframe}`,
): Prepared {
  const columns = [...base.map(([name]) => name), ...files.flatMap(columnsOf).map(({ name }) => name)];
  const { text, values } = composeSelect(timeframe, files, span, setHash);
  return { text: `INSERT INTO ${table} (${columns.join(', ')})\nSELECT * FROM (\n${text}\n)`, values };
}

/** All that the values of a timeframe depend on: the statements with and without a stored row before them. */
export function definition(timeframe: Timeframe, files: readonly FamilyFile[]): string {
  const span = { venue: '', symbols: [''], begin: 0, from: 0, to: 0 };
  return [true, false].map((continued) => composeSelect(timeframe, files, { ...span, continued }, '').text).join('\n');
}

/** The features that a file makes, and what its recursions continue from besides. */
function columnsOf({ name, features, state }: FamilyFile): { file: string; name: string }[] {
  const names = new Set([...features.map((feature) => feature.name), ...state]);
  return [...names].map((column) => ({ file: name, name: column }));
}

function qualified({ file, name }: { file: string; name: string }): string {
  return `${file}.${name} AS ${name}`;
}

function family(timeframe: Timeframe, file: FamilyFile, span: Span, moments: Moments): string {
  if (span.newest && file.newest) return newestBar(timeframe, file.name, file.newest, span, moments);
  const load = moments.at(`load of ${file.name}`, loadFrom(file, span, barMicros(timeframe)));
  const parameters = { ...scope(timeframe, span, moments), ...constants(timeframe), load };
  const bars = span.continued ? continuedBars(file) : freshBars(file);
  const text = stridesIn(file, span)
    ? withBars(inStride(bars), strided(file.text, span.symbols.length))
    : withBars(bars, file.text);
  return bindUsed(`SELECT * FROM (\n${text}\n)\nWHERE ts >= :from`, parameters);
}

/** Whether the lags of a file may count rows; one that reads candles for itself has others than the bars of its symbols. */
function stridesIn({ text, newest }: FamilyFile, span: Span): boolean {
  if (!span.aligned || span.symbols.length === 1 || text.includes('{candles}')) return false;
  return !(span.newest && newest);
}

/** That the bars are as `aligned` says: had one gone since, a lag would take that of another symbol. Then there is no row. */
function whole(timeframe: Timeframe, files: readonly FamilyFile[], span: Span, moments: Moments): string {
  const bar = barMicros(timeframe);
  const loads = files.filter((file) => stridesIn(file, span)).map((file) => loadFrom(file, span, bar));
  return bindUsed(statement('features/bars_are_whole'), {
    ...scope(timeframe, span, moments),
    ...{
      first: moments.at('first of all', Math.min(...loads)),
      symbol_count: span.symbols.length,
      bar_seconds: bar / 1e6,
    },
  });
}

/** The statement of a family over these bars. */
function withBars(bars: string, text: string): string {
  const body = text.replace(/^(--[^\n]*\n)+/, '');
  return `WITH bars AS (\n${bars}\n)${body.startsWith('WITH ') ? `,\n${body.slice(5)}` : `\n${body}`}`;
}

function newestBar(
  timeframe: Timeframe,
  name: string,
  { text, window, stored }: NewestFile,
  span: Span,
  moments: Moments,
): string {
  const bar = barMicros(timeframe);
  const load = moments.at(`load of newest ${name}`, span.from - window * bar);
  const recall = moments.at(`recall of newest ${name}`, span.from - stored * bar);
  const parameters = { ...scope(timeframe, span, moments), ...constants(timeframe), bar_seconds: bar / 1e6 };
  return bindUsed(withBars(statement('features/newest_bars'), text), { ...parameters, load, recall });
}

/** Stored rows that have to stand before a bar for the shorter way of every family. */
export function storedForNewest(files: readonly FamilyFile[]): number {
  return Math.max(1, ...files.flatMap(({ newest }) => (newest ? [newest.stored] : [])));
}

/** Bars from which nothing is stored: every recursion begins with the first one. */
function freshBars({ state, recalls }: FamilyFile): string {
  const nulls = [...state.map((name) => `seed_${name}`), ...recalls.map((name) => `stored_${name}`)];
  return withStored('bars', ['false AS past', ...nulls.map((name) => `NULL::double AS ${name}`)]);
}

/** Bars of which those before :from are stored. */
function continuedBars({ state, recalls }: FamilyFile): string {
  if (state.length + recalls.length === 0) return withStored('bars', ['ts < :from AS past']);
  const seeds = state.map((name) => `CASE WHEN b.ts = :last THEN s.${name} END AS seed_${name}`);
  return withStored('continued_bars', [...seeds, ...recalls.map((name) => `s.${name} AS stored_${name}`)]);
}

function withStored(name: string, columns: readonly string[]): string {
  return statement(`features/${name}`).replace('\n  {stored}\n', `\n  ${columns.join(',\n  ')}\n`);
}

function scope(timeframe: Timeframe, { venue, symbols, from, to }: Span, moments: Moments) {
  const last = moments.at('last', Math.max(0, from - barMicros(timeframe)));
  return { timeframe, venue, symbols, from: moments.at('from', from), until: moments.at('until', to), last };
}

/** The first bar that a family reads. */
function loadFrom(file: FamilyFile, { begin, from, continued }: Span, bar: Micros): Micros {
  return Math.max(0, continued ? from - file.window * bar : Math.max(begin, reachBack(file, from, bar)));
}

/** The first bar that has a say in what stands at a bar, as far as it can be seen there. */
export function earliestBar(files: readonly FamilyFile[], from: Micros, bar: Micros): Micros {
  return Math.min(...files.map((file) => reachBack(file, from, bar)));
}

function reachBack({ features, state, window }: FamilyFile, from: Micros, bar: Micros): Micros {
  // What has no recursion is made of its windows alone, however far a changed bar shows in other families.
  if (state.length === 0) return from - window * bar;
  const start = from - Math.max(...features.map(({ reach }) => reach.bars)) * bar;
  const calendar = features.some(({ reach }) => reach.until !== 'bars');
  return calendar ? monthStart(start) - bar : start;
}

/** The start of the UTC month. Its first bar needs the close before it. */
function monthStart(ts: Micros): Micros {
  const date = new Date(Math.max(0, ts) / 1000);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) * 1000;
}

/** Binds those of the parameters that the text has. */
function bindUsed(text: string, parameters: Parameters<typeof bind>[1]): string {
  const kept = text.replaceAll('{candles}', '__candles__').replace(/--[^\n]*/g, '');
  const used = Object.entries(parameters ?? {}).filter(([name]) => new RegExp(`:${name}\\b|\\{${name}\\}`).test(kept));
  return bind(kept, Object.fromEntries(used)).replaceAll('__candles__', '{candles}');
}
