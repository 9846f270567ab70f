import { DashboardBuilder, DashboardCursorSync } from '@grafana/grafana-foundation-sdk/dashboard';
import { barPanels } from './bar_panels.ts';
import { barsBySource, freshness, gaps } from './market_tables.ts';
import { withPanels } from './panels.ts';
import { choice, fixedChoice } from './variables.ts';

/** The materialized bars there are: a table or view `candles_<timeframe>` each. */
export const barTimeframes = ['1m', '5m', '15m', '1h', '4h', '1d'] as const;

/** What the market does, and whether we see it: candles, volume, order flow, freshness, gaps. */
export function marketDashboard(): DashboardBuilder {
  const dashboard = new DashboardBuilder('Market')
    .uid('tickforest-market')
    .description(
      'The time axis is the market’s own. For a recorded market, press “Zoom to data” on the candles, or set the time ' +
        'range by the table of bars. Freshness, gaps and that table do not depend on the time shown.',
    )
    .tags(['tickforest'])
    .timezone('utc')
    .time({ from: 'now-6h', to: 'now' })
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .annotations([])
    .variables([
      choice('venue', 'Venue', 'venues_of_candles'),
      choice('symbol', 'Symbol', 'symbols_of_candles'),
      fixedChoice('timeframe', 'Timeframe', barTimeframes),
    ]);
  return withPanels(dashboard, [...barPanels(), freshness(), gaps(), barsBySource()]);
}
