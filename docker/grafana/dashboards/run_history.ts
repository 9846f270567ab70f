import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  SortOrder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { PercentUnit } from '@grafana/grafana-foundation-sdk/units';
import { metricQuery, questdb } from './questdb.ts';
import { split } from './thresholds.ts';

/** How the runs of the models did, one point a run. */
export function runHistory(): PanelBuilder[] {
  return [
    history('Value against baseline: $model, $horizon bars', 'value_against_baseline')
      .description(
        'Out-of-fold loss of each run (Brier, log-loss or squared error, by model) and the loss of its naive baseline on ' +
          'the same rows. Lower is better. A point is a run, placed at the time it was made.',
      )
      .overrideByName('baseline', [{ id: 'color', value: { mode: 'fixed', fixedColor: 'gray' } }]),
    history('Skill by model and horizon', 'skill_over_time')
      .description('1 − loss / loss of the naive baseline, over all out-of-fold rows. Below the line it is no better.')
      .unit(PercentUnit)
      .thresholds(split('red', 0, 'green'))
      .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed)),
    history('p-value by model and horizon', 'p_value_over_time')
      .description(
        'Chance of such a skill without any: one-sided block bootstrap, corrected for the number of candidates. ' +
          'A run above the line, 0.05, is not promoted.',
      )
      .min(0)
      .max(1)
      .thresholds(split('green', 0.05, 'red'))
      .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed)),
  ];
}

/** Runs are rare, so each is marked; the models' runs do not share their times, so lines pass over the others'. */
function history(title: string, query: string): PanelBuilder {
  return new PanelBuilder()
    .title(title)
    .datasource(questdb)
    .withTarget(metricQuery(query, 'time_series'))
    .height(8)
    .span(8)
    .showPoints(VisibilityMode.Always)
    .pointSize(7)
    .spanNulls(true)
    .legend(new VizLegendOptionsBuilder().showLegend(true))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
}
