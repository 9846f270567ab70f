import { coarseTickBp } from '#models/tick_size.ts';
import type { BlockPValue } from './block_lengths.ts';
import { type ScoredRows, scoreOfSymbols } from './without_best_symbol.ts';

/** What is left of a finding about returns without the symbols whose ticks are coarse. */
export interface WithoutCoarse {
  /** Those that are left out, and how many are left. */
  coarse: string[];
  left: number;
  /** NaN where none is left. */
  skill: number;
  pValue: number;
  byBlock: BlockPValue[];
}

/**
 * Skill and p-value of the symbols whose ticks are not coarse. Prints of a coarse tick turn back where the price does not
 * (Roll, Journal of Finance 39, 1984), which foretells returns that nobody can earn.
 * @param ticks of each symbol, in basis points
 * @returns null where no symbol's tick is coarse
 */
export function withoutCoarseTicks(scored: ScoredRows, ticks: Float64Array): WithoutCoarse | null {
  const coarse = scored.symbols.filter((_, s) => ticks[s] >= coarseTickBp);
  if (coarse.length === 0) return null;
  const left = scored.symbols.length - coarse.length;
  const nothing = { skill: Number.NaN, pValue: Number.NaN, byBlock: [] };
  return { coarse, left, ...(left > 0 ? scoreOfSymbols(scored, (s) => ticks[s] < coarseTickBp) : nothing) };
}
