import { gate } from '#models/promotion_gate.ts';
import type { ModelReport } from './newest_runs.ts';

export interface Verdict {
  kind: 'skill' | 'none';
  /** What was found, in a few words. */
  finding: string;
  /** Whether it may be promoted, and why not. */
  consequence: string;
}

/** What a run's figures amount to. The gate has the last word, and a champion that stands may still be better. */
export function verdictOf(run: ModelReport): Verdict {
  const { passes, reasons } = gate(
    { ...run, pValue: run.p_value, excludedShare: run.excluded_share, shuffled: false },
    null,
  );
  // The market and the rows that were left out say nothing about skill.
  const skilled = gate(
    { ...run, pValue: run.p_value, excludedShare: 0, shuffled: false, simulated: false },
    null,
  ).passes;
  const finding = skilled ? 'beats its baseline' : run.constant ? 'constant predictions' : 'no skill';
  return {
    kind: skilled ? 'skill' : 'none',
    finding,
    consequence: passes
      ? 'May be promoted, unless the standing champion is better.'
      : `Cannot be promoted: ${reasons.join('; ')}.`,
  };
}
