import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import { bind } from '#lib/questdb/statement.ts';
import { statement } from '#sql/read.ts';

/** The PostgreSQL datasource of provisioning/datasources/questdb.yaml. */
export const questdb = { type: 'grafana-postgresql-datasource', uid: 'questdb' };

/** A query as Grafana's PostgreSQL datasource takes it; the SDK has no type of its own for that. */
interface PostgresQuery extends cog.Dataquery {
  refId: string;
  datasource: typeof questdb;
  /** `time_series` needs a column `time` and makes one series of each value of a column `metric`. */
  format: 'table' | 'time_series';
  rawQuery: true;
  rawSql: string;
  editorMode: 'code';
}

/** The text of `sql/metrics/<name>.sql` without its comments, as a panel carries it. */
export function metricSql(name: string): string {
  return bind(statement(`metrics/${name}`));
}

/** The only query of a panel, an annotation or a variable: the file `sql/metrics/<name>.sql`. */
export function metricQuery(name: string, format: PostgresQuery['format']): cog.Builder<PostgresQuery> {
  return {
    build: () => ({
      refId: 'A',
      datasource: questdb,
      format,
      rawQuery: true,
      rawSql: metricSql(name),
      editorMode: 'code',
      _implementsDataqueryVariant: () => {},
    }),
  };
}
