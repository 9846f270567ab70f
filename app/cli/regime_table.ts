import type { Beside, RegimeComparison } from '#app/report/regimes.ts';
import { printTable, say, short } from '#app/terminal.ts';

/** Models of each regime beside the pooled ones: over all rows, fold by fold, regime by regime. */
export function printRegimes(comparisons: readonly RegimeComparison[]): void {
  say(
    'Gain is 1 − loss / loss of the pooled model of the same engine, out of fold. Above 0, one model per regime',
    false,
  );
  say('helped. p is one-sided and not corrected for the number of comparisons.', false);
  for (const { model, horizon, run_id, engine, all, p_value, folds, regimes } of comparisons) {
    say(`\n${model}, ${horizon} bars ahead, ${engine}, run ${run_id}: ${verdict(all, p_value)}`, false);
    printTable(
      ['rows', 'loss', 'pooled', 'gain', 'p'],
      [
        ['all', ...figures(all), short(p_value)],
        ...folds.map((fold, i) => [`fold ${i + 1}`, ...figures(fold), '']),
        ...Object.entries(regimes).map(([name, each]) => [name, ...figures(each), '']),
      ],
    );
  }
}

function figures({ loss, pooled_loss, gain }: Beside): string[] {
  return [short(loss), short(pooled_loss), short(gain)];
}

function verdict({ gain }: Beside, pValue: number): string {
  if (gain <= 0) return 'did not help';
  return pValue < 0.05 ? 'helped' : 'may have helped, or it is chance';
}
