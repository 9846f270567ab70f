import { quantileLevels } from '#models/losses.ts';

/** What one interval is made for at this moment; plain data. */
export interface ConformalState {
  /** Share of returns that it is to miss in the long run: 0.1 of an interval of 90 %. */
  target: number;
  /** Share that it is made to miss now, so that it misses `target`. Where it is 0 or less, it is as wide as can be. */
  miss: number;
}

/** How much one miss widens, in shares of returns: what was 200 bars ago counts little. The value of the paper's examples. */
export const conformalStep = 0.005;

export function startConformal(target: number): ConformalState {
  return { target, miss: target };
}

/**
 * One step of adaptive conformal inference: miss + step × (target − missed), where missed is 1 or 0 (Gibbs and Candès,
 * Adaptive conformal inference under distribution shift, NeurIPS 2021, equation 2). After T steps the share of misses is
 * within (max(miss, 1 − miss) + step) / (T × step) of the target, whatever the returns do, as long as the widest interval
 * misses nothing. It then stays within a step of 0 … 1 by itself (their lemma 4.1); here it is held there, since the widest
 * interval ends at the largest return that training has seen, and many misses of it would take as long to forget.
 * A return over h bars is known h bars late; the steps then come as late, which the bound outlasts but for h steps.
 */
export function nextConformal(
  { target, miss }: ConformalState,
  covered: boolean,
  step: number = conformalStep,
): ConformalState {
  const next = miss + step * (target - (covered ? 0 : 1));
  return { target, miss: Math.min(1 + step, Math.max(-step, next)) };
}

/** The five levels that two intervals are made of at this moment, ascending: the inner one never reaches beyond the outer. */
export function conformalLevels({ inner, outer }: { inner: ConformalState; outer: ConformalState }): number[] {
  const share = ({ miss }: ConformalState) => Math.min(1, Math.max(0, miss));
  const wide = share(outer) / 2;
  const narrow = Math.max(wide, share(inner) / 2);
  return [wide, narrow, quantileLevels[2], 1 - narrow, 1 - wide];
}
