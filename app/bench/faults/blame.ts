import type { Accounts } from './account.ts';
import type { BarVerdict } from './bars.ts';
import type { WallMarket } from './market.ts';
import type { GapRow } from './stored.ts';

/** When a fault was there (milliseconds): until what it did was over, and until the next one came. */
export interface Span {
  begun: number;
  over: number;
  next: number;
  shiftMs: number;
}

const minuteMs = 60_000;

/**
 * Which of the faults that touch a minute has harmed its bar: several share one. Of a bar that lies it is the one under which
 * the trades were made that it lacks, of one that is incomplete the one that the gap touches; where nothing tells, all.
 */
export function blamed(
  { symbol, minute, verdict }: BarVerdict,
  spans: readonly Span[],
  known: { market: Pick<WallMarket, 'tradesOf'>; accounts: Pick<Accounts, 'missing'>; gaps: readonly GapRow[] },
): Span[] {
  const touching = spans.filter((span) => touches(span, minute, minute + minuteMs));
  if (touching.length < 2) return touching;
  const spells =
    verdict === 'lying'
      ? known.accounts.missing(symbol, known.market.tradesOf(symbol, minute)).map(({ ts }) => ({ from: ts, to: ts }))
      : known.gaps
          .filter((gap) => gap.symbol === symbol)
          .map(({ since, until }) => ({ from: since / 1_000, to: (until ?? Number.POSITIVE_INFINITY) / 1_000 }))
          .filter(({ from, to }) => from < minute + minuteMs && to > minute);
  const told = touching.filter(({ begun, next }) => spells.some(({ from, to }) => from < next && to >= begun));
  return told.length > 0 ? told : touching;
}

/** Also as its events are stamped. */
function touches({ begun, over, shiftMs }: Span, from: number, to: number): boolean {
  const overlaps = (shift: number) => from < over + shift && to > begun + shift;
  return overlaps(0) || (shiftMs !== 0 && overlaps(shiftMs));
}
