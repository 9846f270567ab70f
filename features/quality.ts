import type { QuestDb, Row } from '#lib/questdb/database.ts';
import { bind, Timestamp } from '#lib/questdb/statement.ts';
import type { Micros } from '#lib/time.ts';
import type { FeatureTimeframe } from '#lib/timeframe.ts';
import { statement } from '#sql/read.ts';
import type { RowOf } from '#sql/rows.ts';
import { catalogue, setHash } from './catalogue.ts';
import type { Feature } from './header.ts';
import { always } from './runs.ts';

export interface QualityRequest {
  venue: string;
  timeframe: FeatureTimeframe;
  /** Those that have rows there, unless given. */
  symbols?: readonly string[];
  /** First and last bar-open time to look at. */
  from?: Micros;
  to?: Micros;
  /** Another table with the columns of the timeframe's. */
  table?: string;
}

/** What the values of one feature are like. */
export interface FeatureMeasures {
  feature: Feature;
  /** Missing values. QuestDB reads an infinity as null wherever it stands, so a stored one is counted here. */
  nulls: number;
  /** Values beyond 1e300, with which arithmetic overflows. */
  infinite: number;
  /** Values outside of the range that the header of the feature states. */
  outside: number;
  /** Null where there are no values. */
  min: number | null;
  max: number | null;
  mean: number | null;
  /** Sample deviation; null where there are fewer than two values. */
  deviation: number | null;
}

/** The rows of one symbol. */
export interface SymbolMeasures {
  symbol: string;
  rows: number;
  firstBar: Micros;
  lastBar: Micros;
  /** Rows that were made by another definition than the one in force. */
  ofAnotherDefinition: number;
  /** How many different closes these rows have. */
  prices: number;
  features: FeatureMeasures[];
}

/** Aggregates over a column, each under the name of what it gives. */
const aggregates = {
  values: ({ name }: Feature) => `count(${name})`,
  infinite: ({ name }: Feature) => `sum(CASE WHEN abs(${name}) > 1e300 THEN 1 ELSE 0 END)`,
  outside: (feature: Feature) => `sum(CASE WHEN ${outside(feature)} THEN 1 ELSE 0 END)`,
  min: ({ name }: Feature) => `min(${name})`,
  max: ({ name }: Feature) => `max(${name})`,
  mean: ({ name }: Feature) => `avg(${name})`,
  deviation: ({ name }: Feature) => `stddev_samp(${name})`,
};

/** Measures all features of each symbol, in one scan of the table. */
export async function measureFeatures(db: QuestDb, request: QualityRequest): Promise<SymbolMeasures[]> {
  const features = catalogue(request.timeframe);
  const rows = await scan(db, request, features, Object.keys(aggregates) as (keyof typeof aggregates)[]);
  return rows.map((row) => {
    const number = (name: string) => (row[name] === null ? null : Number(row[name]));
    const count = (name: string) => number(name) ?? 0;
    return {
      ...{ symbol: row.symbol as string, rows: count('rows') },
      ...{ firstBar: count('first_bar'), lastBar: count('last_bar') },
      ...{ ofAnotherDefinition: count('of_another_definition'), prices: count('prices') },
      features: features.map((feature) => ({
        feature,
        nulls: count('rows') - count(`${feature.name}_values`),
        ...{ infinite: count(`${feature.name}_infinite`), outside: count(`${feature.name}_outside`) },
        ...{ min: number(`${feature.name}_min`), max: number(`${feature.name}_max`) },
        ...{ mean: number(`${feature.name}_mean`), deviation: number(`${feature.name}_deviation`) },
      })),
    };
  });
}

/** Numbers of what must not reach a model. */
export interface Defects {
  rows: number;
  nulls: number;
  infinite: number;
  outside: number;
  /** The features that have any. */
  features: { name: string; nulls: number; infinite: number; outside: number }[];
}

/** Counts what must not reach a model over all feature columns in a range of time. */
export async function countDefects(db: QuestDb, request: QualityRequest): Promise<Defects> {
  const features = catalogue(request.timeframe);
  const rows = await scan(db, request, features, ['values', 'infinite', 'outside']);
  const sum = (name: string) => rows.reduce((total, row) => total + Number(row[name]), 0);
  const total = sum('rows');
  const counted = features.map(({ name }) => ({
    name,
    nulls: total - sum(`${name}_values`),
    infinite: sum(`${name}_infinite`),
    outside: sum(`${name}_outside`),
  }));
  const all = (key: 'nulls' | 'infinite' | 'outside') => counted.reduce((numbers, each) => numbers + each[key], 0);
  return {
    ...{ rows: total, nulls: all('nulls'), infinite: all('infinite'), outside: all('outside') },
    features: counted.filter((each) => each.nulls + each.infinite + each.outside > 0),
  };
}

/** The sample deviation of each feature over the stored rows of each symbol; 0 where there are fewer than two values. */
export async function deviations(
  db: QuestDb,
  request: QualityRequest,
  features: readonly Feature[] = catalogue(request.timeframe),
): Promise<Map<string, Map<string, number>>> {
  const rows = await scan(db, request, features, ['deviation']);
  const of = (row: Row) => new Map(features.map(({ name }) => [name, Number(row[`${name}_deviation`] ?? 0)]));
  return new Map(rows.map((row) => [row.symbol, of(row)]));
}

async function scan(
  db: QuestDb,
  { venue, timeframe, symbols, ...request }: QualityRequest,
  features: readonly Feature[],
  names: readonly (keyof typeof aggregates)[],
) {
  const range = { from: new Timestamp(request.from ?? always.since), to: new Timestamp(request.to ?? always.until) };
  const parameters = { table: request.table ?? `features_${timeframe}`, venue, ...range };
  const known = symbols ?? (await db.rows('checks/feature_symbols', parameters)).map((row) => row.symbol);
  if (known.length === 0) return [];
  const measures = features.flatMap((feature) =>
    names.map((name) => `${aggregates[name](feature)} AS ${feature.name}_${name}`),
  );
  const text = statement('checks/feature_stats').replace('  {measures}\n', `  ${measures.join(',\n  ')}\n`);
  return db.query<RowOf<'checks/feature_stats'>>(
    bind(text, { ...parameters, symbols: known, set_hash: setHash(timeframe) }),
  );
}

function outside({ name, range: [low, high] }: Feature): string {
  const bounds = [Number.isFinite(low) ? `${name} < ${low}` : '', Number.isFinite(high) ? `${name} > ${high}` : ''];
  return bounds.filter(Boolean).join(' OR ') || 'false';
}
