import { gate, gateRunOf } from '#models/promotion_gate.ts';
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
  const asked = gateRunOf({ ...run, shuffled: false });
  const { passes, reasons } = gate(asked, null);
  // The market and the rows that were left out say nothing about skill.
  const alone = { ...asked, excludedShare: 0, simulated: false };
  const skilled = gate(alone, null).passes;
  const finding = skilled
    ? 'beats its baseline'
    : run.constant
      ? 'constant predictions'
      : gate({ ...alone, withoutBest: null }, null).passes
        ? 'skill by one symbol alone'
        : 'no skill';
  return {
    kind: skilled ? 'skill' : 'none',
    finding,
    consequence: passes
      ? 'May be promoted, unless the standing champion is better.'
      : `Cannot be promoted: ${reasons.join('; ')}.`,
  };
}
