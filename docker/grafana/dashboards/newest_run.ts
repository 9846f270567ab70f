import { PanelBuilder as BarChart } from '@grafana/grafana-foundation-sdk/barchart';
import { VisibilityMode, VizLegendOptionsBuilder, VizOrientation } from '@grafana/grafana-foundation-sdk/common';
import { PercentUnit } from '@grafana/grafana-foundation-sdk/units';
import {
  SeriesMapping,
  XYSeriesConfigBuilder,
  XYShowMode,
  PanelBuilder as XyChart,
} from '@grafana/grafana-foundation-sdk/xychart';
import { metricQuery, questdb } from './questdb.ts';

/** Where the newest run of the chosen model and horizon is good and where it is not. */
export function newestRun(): (BarChart | XyChart)[] {
  return [
    calibration(),
    bars('Accuracy against plain rules', 'accuracy_against_rules', 'rule')
      .description(
        'The newest run of each classifier beside each rule that needs no model, on the same out-of-fold rows.',
      )
      .span(16)
      .min(0)
      .xTickLabelRotation(-45),
    bars('Skill by fold: $model, $horizon bars', 'skill_by_fold', 'fold').description(
      'On the rows of each fold that the model was fitted on (train) and on those after them (test). Train far above test ' +
        'is overfitting.',
    ),
    bars('Skill by symbol: $model, $horizon bars', 'skill_by_symbol', 'symbol').description(
      'Over all out-of-fold rows of the symbol.',
    ),
    bars('Skill by regime: $model, $horizon bars', 'skill_by_regime', 'regime').description(
      'Over all out-of-fold rows in the regime.',
    ),
  ];
}

function calibration(): XyChart {
  return new XyChart()
    .title('Calibration: $model, $horizon bars')
    .description(
      'Out-of-fold predictions of the newest run in buckets of equal size: what was predicted on average and what came. ' +
        'Points on the line mean what they say. A classifier has a bucket for each class, named when pointed at; quantiles have their level and the share below them.',
    )
    .datasource(questdb)
    .withTarget(metricQuery('calibration', 'table'))
    .height(9)
    .span(8)
    .mapping(SeriesMapping.Manual)
    .series([against('predicted', 'observed'), against('predicted', 'ideal')])
    .show(XYShowMode.Points)
    .pointSize({ fixed: 7 })
    .overrideByName('ideal', [
      { id: 'custom.show', value: XYShowMode.Lines },
      { id: 'custom.lineWidth', value: 1 },
      { id: 'color', value: { mode: 'fixed', fixedColor: 'gray' } },
    ])
    .legend(new VizLegendOptionsBuilder().showLegend(true));
}

function against(x: string, y: string): XYSeriesConfigBuilder {
  const named = (name: string) => ({ matcher: { id: 'byName', options: name } });
  return new XYSeriesConfigBuilder()
    .frame({ matcher: { id: 'byIndex', options: 0 } })
    .x(named(x))
    .y(named(y))
    .name({ fixed: y });
}

function bars(title: string, query: string, category: string): BarChart {
  return new BarChart()
    .title(title)
    .datasource(questdb)
    .withTarget(metricQuery(query, 'table'))
    .height(9)
    .span(8)
    .xField(category)
    .orientation(VizOrientation.Vertical)
    .unit(PercentUnit)
    .showValue(VisibilityMode.Never)
    .legend(new VizLegendOptionsBuilder().showLegend(true));
}
