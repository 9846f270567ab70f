import { type DynamicConfigValue, MappingType, SpecialValueMatch } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { metricQuery, questdb } from './questdb.ts';

/** The rows of a query as they are, over the whole width unless told. */
export function table(title: string, query: string): PanelBuilder {
  return new PanelBuilder()
    .title(title)
    .datasource(questdb)
    .withTarget(metricQuery(query, 'table'))
    .height(8)
    .span(24)
    .filterable(true);
}

/** The unit of a column, and how many decimals. */
export function shownAs(unit: string, decimals: number): DynamicConfigValue[] {
  return [
    { id: 'unit', value: unit },
    { id: 'decimals', value: decimals },
  ];
}

/** A text in one colour where a cell has this value. */
export function highlighted(value: string, color: string): DynamicConfigValue[] {
  return [
    { id: 'mappings', value: [{ type: MappingType.ValueToText, options: { [value]: { text: value, color } } }] },
    { id: 'custom.cellOptions', value: { type: 'color-text' } },
  ];
}

/** A yes in one colour and a no without one, for a column of booleans. */
export function yesOrNo(colorOfYes: string): DynamicConfigValue[] {
  const shown = (match: SpecialValueMatch, text: string, color?: string) => ({
    type: MappingType.SpecialValue,
    options: { match, result: { text, color } },
  });
  return [
    { id: 'mappings', value: [shown(SpecialValueMatch.True, 'yes', colorOfYes), shown(SpecialValueMatch.False, 'no')] },
    { id: 'custom.cellOptions', value: { type: 'color-text' } },
  ];
}
