import type { Random } from './random.ts';

/** The bootstrap: how often each row is among `draws` rows drawn with replacement. */
export function drawWithReplacement(random: Random, counts: Uint32Array, draws: number): void {
  counts.fill(0);
  for (let i = 0; i < draws; i++) counts[random.below(counts.length)]++;
}

/** Each row at most once, every set of `draws` rows equally likely (Knuth, TAOCP 2, 3.4.2, algorithm S). */
export function drawOnce(random: Random, counts: Uint32Array, draws: number): void {
  let wanted = draws;
  for (let row = 0; row < counts.length; row++) {
    counts[row] = random.below(counts.length - row) < wanted ? 1 : 0;
    wanted -= counts[row];
  }
}

/** Lists the rows that were drawn, ascending, and returns their number. */
export function listDrawn(counts: Uint32Array, rows: Uint32Array): number {
  let kept = 0;
  for (let row = 0; row < counts.length; row++) if (counts[row] > 0) rows[kept++] = row;
  return kept;
}

/** Lists the rows that were not, ascending, and returns their number. */
export function listUndrawn(counts: Uint32Array, rows: Uint32Array): number {
  let kept = 0;
  for (let row = 0; row < counts.length; row++) if (counts[row] === 0) rows[kept++] = row;
  return kept;
}
