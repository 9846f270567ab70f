import {
  CustomVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { metricSql, questdb } from './questdb.ts';

type Name = 'venue' | 'symbol' | 'model' | 'horizon' | 'timeframe';

/** A choice of one value, made by `sql/metrics/variables/<query>.sql`; its first row is chosen to begin with. */
export function choice(name: Name, label: string, query: string): QueryVariableBuilder {
  const text = metricSql(`variables/${query}`);
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(questdb)
    .query(text)
    .definition(text)
    .refresh(VariableRefresh.OnDashboardLoad)
    .multi(false)
    .includeAll(false)
    .allowCustomValue(false);
}

/** A choice of one of these values, the first to begin with. */
export function fixedChoice(name: Name, label: string, values: readonly string[]): CustomVariableBuilder {
  const option = (value: string) => ({ selected: value === values[0], text: value, value });
  return new CustomVariableBuilder(name)
    .label(label)
    .values(values.join(','))
    .options(values.map(option))
    .current(option(values[0]))
    .multi(false)
    .includeAll(false)
    .allowCustomValue(false);
}
