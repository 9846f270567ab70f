import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros, type FeatureTimeframe } from '#lib/timeframe.ts';
import type { Continued } from './groups.ts';
import { always, type Range } from './runs.ts';
import type { Piece } from './spans.ts';

/** Consecutive bars of a symbol, `first` and `last` included, whose stored rows are those that a fill would write. */
export interface Spell {
  symbol: string;
  first: Micros;
  last: Micros;
}

interface Asked {
  venue: string;
  timeframe: FeatureTimeframe;
  symbols: readonly string[];
  /** First and last bar that is looked at, where given. */
  from?: Micros;
  to?: Micros;
  /** From where on bars have a say in them. */
  range: Range;
  /** The current definition. */
  hash: string;
}

/** The bars whose rows stand, by symbol and time. */
export async function currentSpells(db: QuestDb, { range, hash, from, to, ...asked }: Asked): Promise<Spell[]> {
  await db.applied([`features_${asked.timeframe}`]);
  const rows = await db.rows('features/current_spells', {
    ...{ ...asked, set_hash: hash, bar_seconds: barMicros(asked.timeframe) / 1e6 },
    ...{ since: new Timestamp(range.since), from: new Timestamp(from ?? 0), until: new Timestamp(to ?? always.until) },
  });
  return rows.map(({ symbol, first_bar, last_bar }) => ({
    symbol,
    first: first_bar.getTime() * 1000,
    last: last_bar.getTime() * 1000,
  }));
}

/**
 * What is left of the pieces without the spells: `behind` goes on from the rows of a spell before it, at least `recalled`
 * of them, and `fresh` begins anew.
 */
export function missing(
  pieces: readonly Piece[],
  spells: readonly Spell[],
  bar: Micros,
  recalled: number,
): { fresh: Piece[]; behind: Piece[] } {
  const of = Map.groupBy(spells, ({ symbol }) => symbol);
  const left: { fresh: Piece[]; behind: Piece[] } = { fresh: [], behind: [] };
  for (const piece of pieces) {
    let [next, stored] = [piece.first, 0];
    const upTo = (last: Micros) => {
      if (last < next) return;
      const part = { run: piece.run, first: next, last, bars: (last - next) / bar + 1 };
      (stored >= recalled ? left.behind : left.fresh).push(part);
    };
    for (const spell of of.get(piece.run.symbol) ?? []) {
      const [first, last] = [Math.max(spell.first, piece.first), Math.min(spell.last, piece.last)];
      if (first > last) continue;
      upTo(first - bar);
      [next, stored] = [last + bar, (last - first) / bar + 1];
    }
    upTo(piece.last);
  }
  return left;
}

/** Pieces of the same bars, together. */
export function groupsOf(pieces: readonly Piece[]): Continued[] {
  const alike = Map.groupBy(pieces, ({ first, last }) => `${first} ${last}`);
  return [...alike.values()].map((group) => ({
    symbols: group.map(({ run }) => run.symbol),
    first: group[0].first,
    last: group[0].last,
  }));
}
