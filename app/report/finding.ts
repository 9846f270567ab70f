import { gate } from '#models/promotion_gate.ts';
import type { RunSummary } from './run_summary.ts';

/** What the figures of a run amount to, from nothing at all to what one could trade. */
export type Finding = 'constant' | 'no skill' | 'one symbol' | 'coarse ticks' | 'not tradable' | 'skill';

export type FindingFigures = Pick<
  RunSummary,
  'skill' | 'p_value' | 'without_best' | 'without_coarse' | 'constant' | 'tradability'
>;

/** The market and the rows that were left out say nothing about skill. */
const notAsked = {
  withoutCoarse: null,
  tradability: null,
  constant: false,
  simulated: false,
  shuffled: false,
  excludedShare: 0,
};

/** The first of these that is so; a model that says no side has no costs and is not asked whether it could be traded. */
export function findingOf({
  skill,
  p_value,
  without_best,
  without_coarse,
  constant,
  tradability,
}: FindingFigures): Finding {
  if (constant) return 'constant';
  const run = { ...notAsked, skill, pValue: p_value };
  if (!gate({ ...run, withoutBest: null }, null).passes) return 'no skill';
  const withoutBest = without_best && { skill: without_best.skill, pValue: without_best.p_value };
  if (!gate({ ...run, withoutBest }, null).passes) return 'one symbol';
  const withoutCoarse = without_coarse && { ...without_coarse, pValue: without_coarse.p_value };
  if (!gate({ ...run, withoutBest, withoutCoarse }, null).passes) return 'coarse ticks';
  return isBelowCosts(tradability) ? 'not tradable' : 'skill';
}

/** Its advantage is used up by what a side costs. */
export function isBelowCosts(tradability: RunSummary['tradability']): boolean {
  // A figure that is not a number is never good enough.
  return tradability !== null && !(tradability.break_even_bp >= tradability.cost_bp);
}
