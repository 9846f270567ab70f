import { thousands } from '#app/numbers.ts';
import type { RowOf } from '#sql/rows.ts';

/** What was tried of a model on windows that overlap that of a run, the run itself among it. */
export type Attempts = Omit<RowOf<'runs/attempts'>, 'run_id'>;

/** `12 runs with 30 candidates and 240 trials of this model on overlapping windows` */
export function attemptsText({ runs, candidates, trials }: Attempts): string {
  const tried = `${counted(runs, 'run')} with ${counted(candidates, 'candidate')} and ${counted(trials, 'trial')}`;
  return `${tried} of this model on overlapping windows`;
}

function counted(count: number, what: string): string {
  return `${thousands(count)} ${what}${count === 1 ? '' : 's'}`;
}
