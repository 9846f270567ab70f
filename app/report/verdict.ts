import { short } from '#app/numbers.ts';
import { gate, gateRunOf } from '#models/promotion_gate.ts';
import { type Finding, findingOf } from './finding.ts';
import type { ModelReport } from './newest_runs.ts';

export interface Verdict {
  kind: 'skill' | 'none';
  /** What was found, in a few words. */
  finding: string;
  /** Whether it may be promoted, and why not. */
  consequence: string;
}

const verdicts: Record<Finding, Pick<Verdict, 'kind' | 'finding'>> = {
  constant: { kind: 'none', finding: 'constant predictions' },
  'no skill': { kind: 'none', finding: 'no skill' },
  'one symbol': { kind: 'none', finding: 'skill by one symbol alone' },
  'coarse ticks': { kind: 'none', finding: 'skill by coarse ticks alone' },
  'not tradable': { kind: 'skill', finding: 'significant, not tradable' },
  skill: { kind: 'skill', finding: 'beats its baseline' },
};

/** What a run's figures amount to. The gate has the last word, and a champion that stands may still be better. */
export function verdictOf(run: ModelReport): Verdict {
  const found = findingOf(run);
  const { passes, reasons } = gate(gateRunOf({ ...run, shuffled: false }), null);
  const promotion = passes
    ? 'May be promoted, unless the standing champion is better.'
    : `Cannot be promoted: ${reasons.join('; ')}.`;
  // Where they are why not, the gate has told them.
  const costs = found === 'not tradable' && passes ? `${costsOf(run)} ` : '';
  return { ...verdicts[found], consequence: `${costs}${promotion}` };
}

function costsOf({ tradability }: ModelReport): string {
  const { break_even_bp, cost_bp } = tradability!;
  return `Its break-even cost is ${short(break_even_bp)} basis points a side, and a side costs ${short(cost_bp)}.`;
}
