import type { Micros } from '#lib/time.ts';
import type { Span } from './compose.ts';
import type { Piece } from './spans.ts';

/** Rows of one statement: enough to make its start cheap, few enough to bound the memory of its joins. */
const mostRows = 36_000;

/** Fewer rows than these are sooner computed than a second statement is read. */
const leastRows = 2_000;

/** Statements that follow one another: each goes on from the rows that the one before it has stored. */
export interface Chain {
  spans: Span[];
}

/** Symbols whose features of the same bars can go on from stored rows. */
export interface Continued {
  symbols: string[];
  first: Micros;
  last: Micros;
  /** Whether enough rows are stored for the shorter statements of one bar. */
  newest?: boolean;
}

/**
 * Chains of statements that compute these pieces. Symbols of which the same bars are computed share a statement, in as
 * many parts as run at a time.
 * @param earliest the first bar that has a say in what is written at a bar, as far as it can be seen there
 * @param parts statements at a time
 */
export function chains(
  venue: string,
  fresh: readonly Piece[],
  continued: readonly Continued[],
  bar: Micros,
  earliest: (first: Micros) => Micros,
  parts: number,
): Chain[] {
  const begins = (piece: Piece) => Math.max(piece.run.first, earliest(piece.first));
  const alike = Map.groupBy(fresh, (piece) => [begins(piece), piece.first, piece.last].join(' '));
  const groups = [
    ...[...alike.values()].map((group) => ({
      symbols: group.map((piece) => piece.run.symbol),
      begin: begins(group[0]),
      first: group[0].first,
      last: group[0].last,
      ...{ continued: false, newest: false },
    })),
    ...continued.map((group) => ({ ...group, begin: 0, continued: true })),
  ];
  return groups.flatMap(({ symbols, begin, first, last, continued: stored, newest = false }) => {
    const few = rowsIn(symbols.length, first, last, bar) < leastRows;
    const bars = Math.floor((last - first) / bar) + 1;
    // What goes on from stored rows is parted by symbol. The rest is parted by time, because each part of the symbols would
    // compute what the whole market does for itself.
    const bySymbol = few || !stored ? [symbols] : split(symbols, parts);
    const byTime = few || stored ? [[first, last] as const] : slices(first, last, bar, Math.ceil(bars / parts));
    return bySymbol.flatMap((part) =>
      byTime.map(([start, end]) => ({
        spans: slices(start, end, bar, Math.ceil(mostRows / part.length)).map(([from, to], k) => ({
          ...{ venue, symbols: part, begin, from, to },
          continued: stored || k > 0,
          newest: newest && first === last,
          aligned: true,
        })),
      })),
    );
  });
}

/** Rows of so many symbols. */
export function rowsIn(symbols: number, first: Micros, last: Micros, bar: Micros): number {
  return symbols * (Math.floor((last - first) / bar) + 1);
}

function split<T>(items: readonly T[], parts: number): T[][] {
  const size = Math.ceil(items.length / parts);
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

function slices(first: Micros, last: Micros, bar: Micros, bars: number): [Micros, Micros][] {
  const cut: [Micros, Micros][] = [];
  for (let from = first; from <= last; from += bars * bar) cut.push([from, Math.min(last, from + (bars - 1) * bar)]);
  return cut;
}
