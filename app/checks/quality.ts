import type { Feature } from '#features/header.ts';
import { type FeatureMeasures, measureFeatures, type SymbolMeasures } from '#features/quality.ts';
import { appendRows, type NewRow } from '#lib/questdb/append.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros, type FeatureTimeframe, featureTimeframes } from '#lib/timeframe.ts';
import { add, begin, type Checked, iso } from './finding.ts';
import type { Scope } from './scope.ts';

export interface QualityOptions {
  /** All that have features, unless given. */
  timeframes?: readonly FeatureTimeframe[];
  /** When the check began: the time of its rows in feature_stats. */
  at?: Micros;
  /** Another table than that of the timeframe, with its columns. */
  table?: string;
}

/**
 * Rows below which a continuous feature may well be constant: eight hourly values that every minute repeats, and what
 * moves seldom.
 */
const rowsToJudge = 500;

/** Closes below which a price hardly moves, like that of a pegged coin, and much that is made of it does not either. */
const pricesToJudge = 20;

/**
 * Looks for feature values that must not reach a model: nulls, infinities, what lies outside of the range that the header
 * states, second rows of one bar, and continuous features that are constant on every symbol that can be judged. A feature
 * that is constant on some symbols only tells of these and is noted. So are flags and categories, a feature at a value that
 * its header states for when it is undefined (no trades recorded, no peers), and all features of a symbol that has few
 * rows or whose price hardly moves, like that of a pegged coin. What was counted goes to the table feature_stats.
 */
export async function checkQuality(db: QuestDb, scope: Scope, options: QualityOptions = {}): Promise<Checked> {
  const at = options.at ?? Date.now() * 1000;
  const checked = begin(scope);
  for (const timeframe of options.timeframes ?? featureTimeframes) {
    const table = options.table ?? `features_${timeframe}`;
    const { venue, symbols } = scope;
    const range = { venue, symbols, from: scope.from, to: scope.to - 1 };
    await db.applied([table]);
    const measured = await measureFeatures(db, { ...range, timeframe, table });
    const doubled = await doubledRows(db, range, table);
    checked.looked[`${timeframe} rows`] = measured.reduce((sum, { rows }) => sum + rows, 0);
    checked.looked[`${timeframe} values`] = measured.reduce((sum, each) => sum + each.rows * each.features.length, 0);
    report(checked, timeframe, measured);
    add(checked, doubled, ({ ts, symbol }) => ({
      what: `${timeframe} row stands there again`,
      ...{ symbol, from: iso(ts), to: iso(ts + barMicros(timeframe)), detail: 'a bar has one row' },
    }));
    const again = Map.groupBy(doubled, ({ symbol }) => symbol);
    await appendRows(
      db.address,
      'feature_stats',
      measured.flatMap((each) => statRows(each, { at, venue, timeframe, again: again.get(each.symbol)?.length ?? 0 })),
    );
  }
  await db.applied(['feature_stats']);
  return checked;
}

function doubledRows(db: QuestDb, { venue, symbols, from, to }: Scope, table: string) {
  const range = { from: new Timestamp(from), to: new Timestamp(to) };
  return db.rows('checks/doubled_rows', { table, venue, symbols, ...range });
}

function report(checked: Checked, timeframe: FeatureTimeframe, measured: readonly SymbolMeasures[]): void {
  const allowed = new Map<string, Map<string, string[]>>();
  const varying = varyingIn(measured);
  for (const of of measured) {
    add(
      checked,
      of.features.flatMap((each) => defectsOf(each, of, varying)),
      ({ name, what, detail }) => ({
        what: `${timeframe} ${name} ${what}`,
        ...{ symbol: of.symbol, from: iso(of.firstBar), to: iso(of.lastBar + barMicros(timeframe)), detail },
      }),
    );
    for (const each of of.features.filter(isConstant)) {
      const why = mayBeConstant(each, of, varying);
      if (why === undefined) continue;
      const names = allowed.get(why) ?? new Map<string, string[]>();
      allowed.set(why, names.set(each.feature.name, [...(names.get(each.feature.name) ?? []), of.symbol]));
    }
  }
  for (const [why, names] of allowed) {
    const told = [...names].map(([name, of]) => (of.length === measured.length ? name : `${name} (${some(of)})`));
    checked.notes.push(`${timeframe}: ${names.size} features constant, ${why}: ${told.join(', ')}`);
  }
  const other = measured.reduce((sum, { ofAnotherDefinition }) => sum + ofAnotherDefinition, 0);
  if (other > 0)
    checked.notes.push(`${timeframe}: ${other} rows are of another definition: ./tickforest features rebuild`);
  if (measured.length === 0) checked.notes.push(`${timeframe}: no rows`);
}

function defectsOf(
  each: FeatureMeasures,
  of: SymbolMeasures,
  varying: ReadonlySet<string>,
): { name: string; what: string; detail: string }[] {
  const { feature, nulls, infinite, outside, min, max } = each;
  const { name, range } = feature;
  const found: { name: string; what: string; detail: string }[] = [];
  if (nulls > 0) found.push({ name, what: 'is null', detail: `in ${nulls} of ${of.rows} rows` });
  if (infinite > 0) found.push({ name, what: 'is infinite', detail: `in ${infinite} of ${of.rows} rows` });
  if (outside > 0)
    found.push({
      ...{ name, what: `is outside of [${range.join(', ')}]` },
      detail: `in ${outside} of ${of.rows} rows, which lie within [${min}, ${max}]`,
    });
  if (isConstant(each) && mayBeConstant(each, of, varying) === undefined)
    found.push({ name, what: 'is constant', detail: `${min} in all ${of.rows} rows` });
  return found;
}

function isConstant({ min, max }: FeatureMeasures): boolean {
  return min !== null && min === max;
}

function some(symbols: readonly string[]): string {
  return symbols.length > 3 ? `of ${symbols.length} symbols` : symbols.join(', ');
}

/** The features that vary on some symbol that can be judged. */
function varyingIn(measured: readonly SymbolMeasures[]): ReadonlySet<string> {
  const judged = measured.filter(({ rows, prices }) => rows >= rowsToJudge && prices >= pricesToJudge);
  const varying = judged.flatMap(({ features }) => features.filter(({ min, max }) => min !== max));
  return new Set(varying.map(({ feature }) => feature.name));
}

/** Why a feature with one value everywhere is no defect. */
function mayBeConstant(
  { feature, min }: FeatureMeasures,
  { rows, prices }: SymbolMeasures,
  varying: ReadonlySet<string>,
): string | undefined {
  if (rows < rowsToJudge) return `in fewer than ${rowsToJudge} rows`;
  if (prices < pricesToJudge) return `where the price has fewer than ${pricesToJudge} values`;
  if (feature.scale === 'flag' || feature.scale === 'category') return 'flags or categories';
  if (isStated(feature, min)) return 'at the value that their header states for when they are undefined';
  return varying.has(feature.name) ? 'on some symbols only' : undefined;
}

function isStated({ undefinedAs }: Feature, value: number | null): boolean {
  return undefinedAs.some((stated) => Number(stated.value) === value);
}

interface Of {
  at: Micros;
  venue: string;
  timeframe: FeatureTimeframe;
  /** Rows of the symbol that stand there again. */
  again: number;
}

function statRows(of: SymbolMeasures, { at, venue, timeframe, again }: Of): NewRow[] {
  return of.features.map((each) => ({
    ts: at,
    symbols: {
      ...{ venue, symbol: of.symbol, timeframe },
      ...{ feature: each.feature.name, family: each.feature.family, scale: each.feature.scale },
    },
    longs: {
      ...{ rows: of.rows, nulls: each.nulls, infinite: each.infinite, outside: each.outside, duplicates: again },
    },
    booleans: { constant: isConstant(each) },
    doubles: { mean: each.mean, deviation: each.deviation, min: each.min, max: each.max },
    timestamps: { first_bar: of.firstBar, last_bar: of.lastBar },
  }));
}
