import type { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { Days, PercentUnit, Seconds } from '@grafana/grafana-foundation-sdk/units';
import { highlighted, shownAs, table, yesOrNo } from './table.ts';

export function champions(): PanelBuilder {
  return table('Champions and their age', 'champions')
    .description(
      'Age since the promotion, and since the end of the data that the champion was trained on. A model and ' +
        'horizon without a champion predicts with its newest run, and its signals are gated.',
    )
    .height(7)
    .overrideByName('champion', highlighted('no champion', 'orange'))
    .overrideByRegexp('.*age_days', shownAs(Days, 1))
    .overrideByRegexp('.*skill', shownAs(PercentUnit, 2));
}

export function signals(): PanelBuilder {
  return table('Signals of the newest bars: $model', 'signals')
    .description('The latest prediction for each symbol. A gated one is not to be acted upon.')
    .overrideByName('probability', shownAs(PercentUnit, 1))
    .overrideByName('age_seconds', shownAs(Seconds, 1))
    .overrideByName('gated', yesOrNo('orange'));
}

export function runs(): PanelBuilder {
  return table('Runs', 'runs')
    .description(
      'All runs made in the time shown, newest first. `value` and `baseline` are mean out-of-fold losses. `ic` is the ' +
        'information coefficient; where `break_even_bp` is under `cost_bp`, in basis points a side, costs use up what it brings.',
    )
    .overrideByRegexp('skill|excluded_share', shownAs(PercentUnit, 2))
    .overrideByName('p_value', shownAs('none', 4))
    .overrideByName('ic', shownAs('none', 4))
    .overrideByRegexp('ic_t|break_even_bp|cost_bp', shownAs('none', 2))
    .overrideByName('seconds', shownAs(Seconds, 1))
    .overrideByName('constant', yesOrNo('red'))
    .overrideByName('simulated', yesOrNo('orange'));
}
