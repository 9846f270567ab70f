import type { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PercentUnit, Seconds } from '@grafana/grafana-foundation-sdk/units';
import { highlighted, shownAs, table, yesOrNo } from './table.ts';

export function freshness(): PanelBuilder {
  return table('Freshness by symbol', 'freshness')
    .description(
      'Age of the newest data when it was last measured, on the market’s clock: for a recorded market, that of its newest ' +
        'event. A small age measured long ago means that nobody measures any more.',
    )
    .overrideByRegexp('.*(age_seconds|seconds_ago)', shownAs(Seconds, 1))
    .overrideByName('lag_ms', shownAs('ms', 1))
    .overrideByName('stale', yesOrNo('red'));
}

export function gaps(): PanelBuilder {
  return table('Gaps that are not healed', 'gaps')
    .description('What was not seen. An opened gap lasts on; a bounded one is over, but its bars are still incomplete.')
    .span(12)
    .overrideByName('state', highlighted('opened', 'red'))
    .overrideByName('seconds', shownAs(Seconds, 1));
}

export function barsBySource(): PanelBuilder {
  return table('One-minute bars by symbol and source', 'bars_by_source')
    .description('What the bars were made of, and from when to when: set the time range by it.')
    .span(12)
    .overrideByName('complete_share', shownAs(PercentUnit, 2));
}
