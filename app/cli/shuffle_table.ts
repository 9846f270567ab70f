import { printTable, say, short } from '#app/terminal.ts';
import type { StoredRun } from '#jobs/train/run.ts';
import { type DrawsJudged, judgeDraws } from '#models/shuffled_draws.ts';

/** What validation found in the shuffled labels of one model and horizon, draw by draw. */
export interface ShuffledModel extends DrawsJudged {
  model: string;
  horizon: number;
  p_values: { seed: number; p_value: number }[];
}

/** The runs on shuffled labels by model and horizon, in their order. */
export function judgeShuffled(runs: readonly StoredRun[]): ShuffledModel[] {
  const groups = [...Map.groupBy(runs, ({ model, horizon }) => `${model} ${horizon}`).values()];
  return groups.map((own) => ({
    model: own[0].model,
    horizon: own[0].horizon,
    p_values: own.map(({ seed, p_value }) => ({ seed, p_value })),
    ...judgeDraws(
      own.map(({ p_value }) => p_value),
      groups.length,
    ),
  }));
}

/** Each p-value, and how many are too small to be chance. */
export function printShuffled(models: readonly ShuffledModel[]): void {
  printTable(
    ['model', 'ahead', 'p of each draw', 'below 0.05', 'share', 'chance of as many'],
    models.map(({ model, horizon, p_values, below, draws, share, chance }) => [
      model,
      horizon,
      p_values.map(({ p_value }) => short(p_value)).join(' '),
      `${below} of ${draws}`,
      short(share),
      short(chance),
    ]),
  );
  say(
    'Labels were shuffled, and judged against the mean or the class shares of each symbol. Where nothing leaks, one',
    false,
  );
  say('p in twenty is below 0.05; the chance of as many or more is binomial.', false);
}

/** What is to be said of those that leak, in a sentence. */
export function leakText(leaking: readonly ShuffledModel[]): string {
  const each = leaking.map(
    ({ model, horizon, below, draws, chance }) =>
      `${model}, ${horizon} bars ahead: ${below} of ${draws} p-values are below 0.05 (chance ${short(chance)})`,
  );
  return `Validation finds skill in shuffled labels too often to be chance (binomial, 1 % over all models): ${each.join('; ')}.`;
}
