import { type BootstrapInput, barsSpanned, blockBars, fewestBlocks, gainPValue } from './bootstrap.ts';
import type { MetricRow } from './metric_rows.ts';

/** The p-value of one length of the blocks, in bars. */
export interface BlockPValue {
  block: number;
  pValue: number;
}

export interface BlockPValues {
  /** The largest of them. */
  pValue: number;
  byBlock: BlockPValue[];
}

/** Four hours and a day of minutes: what clusters for longer than the shortest block, such as sessions. */
const longerBlocks = [240, 1_440];

/** The usual block, and the longer ones of which these bars hold at least five. */
export function blockLengths(horizon: number, bars: number): number[] {
  const shortest = blockBars(horizon);
  return [shortest, ...longerBlocks.filter((block) => block > shortest && bars >= fewestBlocks * block)];
}

/**
 * The p-value of the mean gain at several block lengths. Where gains depend on each other for longer than a block, the
 * bootstrap finds too little variance and flatters; nobody knows that length, so the largest p-value decides.
 * @throws UserError when the rows span fewer than five of the shortest blocks
 */
export function gainPValues(input: Omit<BootstrapInput, 'block'>): BlockPValues {
  const lengths = blockLengths(input.horizon, barsSpanned(input.ts, input.barMicros));
  const byBlock = lengths.map((block) => ({ block, pValue: gainPValue({ ...input, block }).pValue }));
  return { pValue: Math.max(...byBlock.map(({ pValue }) => pValue)), byBlock };
}

/** `<name>_block_<bars>` of each length, over all test rows; not corrected. */
export function blockRows(name: string, byBlock: readonly BlockPValue[]): MetricRow[] {
  return byBlock.map(({ block, pValue }) => ({
    ...{ fold: -1, split: 'test', symbol: null, regime: null, baseline: null },
    ...{ metric: `${name}_block_${block}`, value: pValue },
  }));
}
