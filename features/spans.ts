import type { Micros } from '#lib/time.ts';
import type { Run } from './runs.ts';

/** Bars of a run that are written; `first` and `last` are bar-open times. */
export interface Piece {
  run: Run;
  first: Micros;
  last: Micros;
  bars: number;
}

export interface Need {
  bar: Micros;
  /** Bars of the run that have to stand before a written bar, and after it. */
  before: number;
  after: number;
  /** Bounds of the written bars, where given. */
  from?: Micros;
  to?: Micros;
  /** Most bars of one piece. */
  most?: number;
}

/** What can be written of these runs, in the order of the runs and of time, cut into pieces of so many bars at most. */
export function pieces(runs: readonly Run[], need: Need): Piece[] {
  return runs.flatMap((run) => {
    const start = Math.max(run.first + need.before * need.bar, ceil(need.from ?? run.first, need.bar));
    const end = Math.min(run.last - need.after * need.bar, need.to ?? run.last);
    const most = need.most ?? Number.MAX_SAFE_INTEGER / need.bar;
    const cut: Piece[] = [];
    for (let first = start; first <= end; first += most * need.bar) {
      const bars = Math.min(most, Math.floor((end - first) / need.bar) + 1);
      cut.push({ run, first, last: first + (bars - 1) * need.bar, bars });
    }
    return cut;
  });
}

/** Number of bars of these runs that lie between the bounds. */
export function barsWithin(runs: readonly Run[], { bar, from, to }: Need): number {
  return barsOf(pieces(runs, { bar, before: 0, after: 0, from, to }));
}

export function barsOf(cut: readonly Piece[]): number {
  return cut.reduce((sum, piece) => sum + piece.bars, 0);
}

function ceil(ts: Micros, bar: Micros): Micros {
  return Math.ceil(ts / bar) * bar;
}

/** A symbol of which nothing could be written, and why. */
export interface Skipped {
  symbol: string;
  reason: string;
}

/** The symbols without a piece, each with the length of its longest run. */
export function skippedOf(
  symbols: readonly string[],
  runs: readonly Run[],
  cut: readonly Piece[],
  need: Need,
): Skipped[] {
  const written = new Set(cut.map((piece) => piece.run.symbol));
  return symbols
    .filter((symbol) => !written.has(symbol))
    .map((symbol) => {
      const longest = Math.max(0, ...runs.filter((run) => run.symbol === symbol).map((run) => run.bars));
      if (longest === 0) return { symbol, reason: 'it has no complete bars there' };
      return {
        symbol,
        reason: `its longest unbroken run there has ${longest} bars; ${need.before + need.after + 1} are needed`,
      };
    });
}
