import { AnnotationQueryBuilder, DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { champions, runs, signals } from './model_tables.ts';
import { newestRun } from './newest_run.ts';
import { withPanels } from './panels.ts';
import { metricQuery, questdb } from './questdb.ts';
import { runHistory } from './run_history.ts';
import { choice } from './variables.ts';

/** Every model beside its naive baseline, how sure that is, who is champion and for how long. */
export function modelsDashboard(): DashboardBuilder {
  const dashboard = new DashboardBuilder('Models')
    .uid('tickforest-models')
    .description(
      'The time axis is when runs were made and champions promoted, so the models of a recorded market are found here ' +
        'too. Champions, signals and the panels of the newest run do not depend on the time shown.',
    )
    .tags(['tickforest'])
    .timezone('utc')
    .time({ from: 'now-30d', to: 'now' })
    .refresh('1m')
    .variables([
      choice('venue', 'Venue', 'venues_of_runs'),
      choice('timeframe', 'Timeframe', 'timeframes_of_runs'),
      choice('model', 'Model', 'models_of_runs'),
      choice('horizon', 'Horizon', 'horizons_of_runs'),
    ])
    .annotation(
      new AnnotationQueryBuilder()
        .name('Promotions')
        .datasource(questdb)
        .enable(true)
        .hide(false)
        .iconColor('blue')
        .target(metricQuery('promotions', 'table')),
    );
  return withPanels(dashboard, [champions(), ...runHistory(), ...newestRun(), signals(), runs()]);
}
