import { type BlockPValue, gainPValues } from './block_lengths.ts';
import { skillOf } from './metric_rows.ts';

/** What is left of a finding without the symbol that carries most of it. */
export interface WithoutBest {
  symbol: string;
  skill: number;
  /** The largest of those of several block lengths. */
  pValue: number;
  byBlock: BlockPValue[];
}

export interface ScoredRows {
  ts: Float64Array;
  symbols: readonly string[];
  symbolOf: Uint16Array;
  losses: Float64Array;
  baselineLosses: Float64Array;
  barMicros: number;
  horizon: number;
  seed: number;
}

/**
 * Skill and p-value of all symbols but the one without which the skill is lowest. A finding that one coin carries, for example by
 * the bounce of a coarse tick between bid and ask, is none about the market.
 * @returns null where there is one symbol
 */
export function withoutBestSymbol(scored: ScoredRows): WithoutBest | null {
  const { symbols, symbolOf, losses, baselineLosses } = scored;
  const [mine, theirs] = [new Float64Array(symbols.length), new Float64Array(symbols.length)];
  for (let row = 0; row < losses.length; row++) {
    mine[symbolOf[row]] += losses[row];
    theirs[symbolOf[row]] += baselineLosses[row];
  }
  const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
  const present = symbols.map((_, s) => s).filter((s) => theirs[s] > 0);
  if (present.length < 2) return null;
  const skillWithout = (s: number) => skillOf(sum(mine) - mine[s], sum(theirs) - theirs[s]);
  const best = present.reduce((a, b) => (skillWithout(b) < skillWithout(a) ? b : a));
  return { symbol: symbols[best], ...scoreOfSymbols(scored, (s) => s !== best) };
}

/** Skill and p-value on the rows of some symbols alone. */
export function scoreOfSymbols(
  { ts, symbols: _, symbolOf, losses, baselineLosses, ...rest }: ScoredRows,
  has: (symbol: number) => boolean,
): { skill: number; pValue: number; byBlock: BlockPValue[] } {
  const rows = Uint32Array.from(losses, (_, row) => row).filter((row) => has(symbolOf[row]));
  const sum = (values: Float64Array) => rows.reduce((total, row) => total + values[row], 0);
  const { pValue, byBlock } = gainPValues({
    ...rest,
    ts: Float64Array.from(rows, (row) => ts[row]),
    gains: Float64Array.from(rows, (row) => baselineLosses[row] - losses[row]),
  });
  return { skill: skillOf(sum(losses), sum(baselineLosses)), pValue, byBlock };
}
