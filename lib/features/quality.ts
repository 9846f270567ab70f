import type { Micros } from '#ingest/feed.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { bind, Timestamp } from '#lib/questdb/statement.ts';
import { catalogue } from './catalogue.ts';
import type { Feature } from './header.ts';
import { always } from './runs.ts';
import type { Timeframe } from './timeframe.ts';

export interface Defects {
  rows: number;
  /** Missing values. QuestDB reads an infinity as null wherever it stands, so a stored one is counted here. */
  nulls: number;
  /** Values beyond 1e300, with which arithmetic overflows. */
  infinite: number;
  /** Values outside of the range that the header of their feature states. */
  outside: number;
  /** The features that have any. */
  features: { name: string; nulls: number; infinite: number; outside: number }[];
}

export interface DefectsRequest {
  venue: string;
  timeframe: Timeframe;
  /** First and last bar-open time to look at. */
  from?: Micros;
  to?: Micros;
}

/** Counts what must not reach a model over all feature columns in a range of time. */
export async function countDefects(db: QuestDb, { venue, timeframe, from, to }: DefectsRequest): Promise<Defects> {
  const columns = catalogue().flatMap((feature) => [
    `sum(CASE WHEN ${feature.name} IS NULL THEN 1 ELSE 0 END) AS ${feature.name}_nulls`,
    `sum(CASE WHEN abs(${feature.name}) > 1e300 THEN 1 ELSE 0 END) AS ${feature.name}_infinite`,
    `sum(CASE WHEN ${outside(feature)} THEN 1 ELSE 0 END) AS ${feature.name}_outside`,
  ]);
  const text = `
    SELECT count() AS rows, ${columns.join(', ')}
    FROM features_{timeframe}
    WHERE venue = :venue AND ts BETWEEN :from AND :to`;
  const range = { from: new Timestamp(from ?? always.since), to: new Timestamp(to ?? always.until) };
  const [row] = await db.query(bind(text, { timeframe, venue, ...range }));
  const counted = (name: string) => Number(row[name] ?? 0);
  const features = catalogue().map(({ name }) => ({
    name,
    nulls: counted(`${name}_nulls`),
    infinite: counted(`${name}_infinite`),
    outside: counted(`${name}_outside`),
  }));
  const total = (key: 'nulls' | 'infinite' | 'outside') => features.reduce((sum, feature) => sum + feature[key], 0);
  return {
    rows: counted('rows'),
    nulls: total('nulls'),
    infinite: total('infinite'),
    outside: total('outside'),
    features: features.filter((feature) => feature.nulls + feature.infinite + feature.outside > 0),
  };
}

function outside({ name, range: [low, high] }: Feature): string {
  const bounds = [Number.isFinite(low) ? `${name} < ${low}` : '', Number.isFinite(high) ? `${name} > ${high}` : ''];
  return bounds.filter(Boolean).join(' OR ') || 'false';
}
