import {
  PanelBuilder as Candlestick,
  CandlestickColorsBuilder,
  CandlestickFieldMapBuilder,
  VizDisplayMode,
} from '@grafana/grafana-foundation-sdk/candlestick';
import {
  GraphDrawStyle,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';
import { PercentUnit, Short } from '@grafana/grafana-foundation-sdk/units';
import { metricQuery, questdb } from './questdb.ts';

const whichBars =
  'Where the time shown has no bars, these are the newest 500 instead: press “Zoom to data” to go there.';

/** The bars of one symbol: prices, volume, order flow. */
export function barPanels(): (Candlestick | TimeSeries)[] {
  return [
    new Candlestick()
      .title('Candles: $symbol, $timeframe')
      .description(whichBars)
      .datasource(questdb)
      .withTarget(metricQuery('candles', 'table'))
      .height(13)
      .span(24)
      .mode(VizDisplayMode.Candles)
      .fields(new CandlestickFieldMapBuilder().open('open').high('high').low('low').close('close'))
      .colors(new CandlestickColorsBuilder().up('green').down('red').flat('gray'))
      .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
      .legend(new VizLegendOptionsBuilder().showLegend(false)),
    series('Volume: $symbol, $timeframe', 'volume')
      .description(`In base coin. ${whichBars}`)
      .unit(Short)
      .min(0)
      .drawStyle(GraphDrawStyle.Bars)
      .fillOpacity(60)
      .lineWidth(0),
    series('Share bought by takers: $symbol, $timeframe', 'buy_share')
      .description(`Only bars made of our own ticks have an order flow; others are left out. ${whichBars}`)
      .unit(PercentUnit)
      .min(0)
      .max(1)
      .showPoints(VisibilityMode.Auto),
  ];
}

function series(title: string, query: string): TimeSeries {
  return new TimeSeries()
    .title(title)
    .datasource(questdb)
    .withTarget(metricQuery(query, 'time_series'))
    .height(8)
    .span(12)
    .legend(new VizLegendOptionsBuilder().showLegend(false));
}
