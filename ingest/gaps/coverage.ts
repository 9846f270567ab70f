import type { TradeIds } from '#ingest/feed.ts';
import { appendRows } from '#lib/questdb/append.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { floorMinute, type Micros, type MinuteRange, minute } from '#lib/time.ts';
import { merged, minutesOf } from './minutes.ts';
import { doubtBetween } from './seam.ts';
import { common, joined, type Span, without } from './spans.ts';

/** What was brought in of one symbol, and what was there. */
export interface Coverage {
  venue: string;
  symbol: string;
  ids: TradeIds;
  /** From the first to the last event of each file. */
  spans: readonly Span[];
  /** From the first to the last event of before; undefined: there was none. */
  before: Span | undefined;
  /** What of before is to be looked at again, because its gaps were found by another rule. */
  again?: Span | undefined;
  /** Whether somebody vouches that the files have every event of their spans. */
  whole: boolean;
}

/** A time of which it is not known what happened in it. */
export interface Hole {
  since: Micros;
  until: Micros;
  cause: string;
  /** Trades that are missing in it, where ids tell. */
  missing: number | null;
}

export interface Recorded {
  /** Gaps that were not known. */
  opened: Hole[];
  /** Gaps of before that are filled now. */
  healed: number;
  /** Minutes whose bars have to be made. */
  ranges: MinuteRange[];
}

/** Of the first and the last minute of what is known; no gap between events, so that a check does not complain of it. */
export const edgeCause = 'edge of file';
/** Inside a hole that is longer, no bar has to be made. */
const longHole = 1_440 * minute;

/**
 * Records in the ledger of gaps what is unknown of a symbol after an import, and heals what the import has filled. The rule
 * is that of the live feed (see `doubtBetween`), applied to all that is stored, so that files may come in any order: where
 * ids count, a jump is a gap and the next id proves a quiet spell, also from one file to another. Elsewhere a minute without
 * an event is a gap, and so is what lies between two files.
 */
export async function recordCoverage(db: QuestDb, coverage: Coverage): Promise<Recorded> {
  const { venue, symbol } = coverage;
  const known = await db.rows('gaps/known', { venue, symbol });
  // A feed that is away closes its own gap when it is back.
  const bounded = known.flatMap(({ until, ...gap }) =>
    until !== null && gap.event === 'bounded' ? [{ ...gap, until }] : [],
  );
  const lastEvent = new Map(known.map(({ id, at }) => [id, at]));
  const { again, before } = coverage;
  const seen = before ? without(before, bounded.filter(isInner)) : [];
  const spans = [...coverage.spans, ...(again ? seen.flatMap((span) => common(span, again)) : [])];
  if (spans.length === 0) return { opened: [], healed: 0, ranges: [] };
  const { range, holes } =
    coverage.ids === 'count' ? await byIds(db, coverage, spans) : await byMinutes(db, coverage, spans, seen);
  holes.push(...edgesOf(range));
  // A look at a range of before changes nothing outside of it.
  const limit = coverage.spans.length === 0 && again ? again : { from: 0, to: Number.POSITIVE_INFINITY };
  const concerns = ({ since, until }: { since: Micros; until: Micros }) => until > limit.from && since <= limit.to;
  const keyOf = (hole: Omit<Hole, 'missing'>) => `${hole.since}-${hole.until}${isInner(hole) ? '' : '-edge'}`;
  const now = new Set(holes.map(keyOf));
  const healed = bounded.filter(
    (gap) => gap.until > range.from && gap.since < range.to && concerns(gap) && !now.has(keyOf(gap)),
  );
  const there = new Set(bounded.map(keyOf));
  const opened = holes.filter((hole) => concerns(hole) && !there.has(keyOf(hole)));
  // On the clock of the market, and after what was said of the gap before: it may have been healed and be unknown again.
  const record = (id: string, { since, until, cause }: Omit<Hole, 'missing'>, event: 'bounded' | 'healed') => ({
    ts: Math.max(until, (lastEvent.get(id) ?? 0) + 1),
    symbols: { venue, symbol, event, level: 'trades', cause },
    strings: { gap_id: id, how: event === 'healed' ? 'import' : null },
    timestamps: { since, until },
  });
  await appendRows(db.address, 'gaps', [
    ...opened.map((hole) => record(`${venue}/${symbol}/${keyOf(hole)}`, hole, 'bounded')),
    ...healed.map((gap) => record(gap.id, gap, 'healed')),
  ]);
  // Where ids count, what lies between the files is known too.
  const looked = coverage.ids === 'count' ? [range] : spans;
  const ranges = merged([
    ...looked.map(minutesTouched),
    ...healed.map(minutesOf),
    ...opened.flatMap(({ since, until }) => [since, until - 1].map((ts) => minutesTouched({ from: ts, to: ts }))),
  ]);
  const inside = holes.map(minutesOf).filter(({ from, to }) => to - from > longHole);
  const unmade = inside.map(({ from, to }) => ({ since: from + minute, until: to - minute }));
  return {
    opened: opened.filter(isInner),
    healed: healed.length,
    ranges: ranges.flatMap((all) => without(all, unmade)).filter(({ from, to }) => to > from),
  };
}

interface Found {
  /** What was looked at; its ends are the edges of all that is known, or lie inside of it. */
  range: Span & { isFirst: boolean; isLast: boolean };
  holes: Hole[];
}

/** Jumps of the ids, from the trade before the spans to the trade after them. */
async function byIds(db: QuestDb, { venue, symbol }: Coverage, spans: readonly Span[]): Promise<Found> {
  const first = Math.min(...spans.map(({ from }) => from));
  const last = Math.max(...spans.map(({ to }) => to));
  const [before] = await db.rows('gaps/trade_before', { venue, symbol, at: new Timestamp(first) });
  const [after] = await db.rows('gaps/trade_after', { venue, symbol, at: new Timestamp(last) });
  const range = { from: before?.ts ?? first, to: after?.ts ?? last, isFirst: !before, isLast: !after };
  const bounds = { from: new Timestamp(range.from), to: new Timestamp(range.to) };
  const doubts = await db.rows('gaps/minutes_in_doubt', { venue, symbols: [symbol], ...bounds });
  const holes: Hole[] = [];
  for (const { from, to } of merged(doubts.map(({ since, until }) => wide(since, until)))) {
    const pairs = await db.rows('gaps/trades_apart', {
      ...{ venue, symbol, from: new Timestamp(Math.max(from, range.from)), to: new Timestamp(Math.min(to, range.to)) },
    });
    for (const { since, number_before, until, number } of pairs) {
      const cause = doubtBetween({ ts: since, number: number_before }, { ts: until, number }, true);
      if (cause === null) continue;
      // Where ids and times disagree about the order, the gap is what lies between. Its end is a part of it: a trade that
      // is missing may have the time of the one after the jump.
      const [start, end] = [Math.min(since, until), Math.max(since, until)];
      holes.push({ since: start, until: end + 1, cause, missing: number - number_before - 1 });
    }
  }
  return { range, holes };
}

/** A few minutes around, so that what crosses the end of a minute is seen whole. */
function wide(since: Micros, until: Micros): MinuteRange {
  return { from: floorMinute(since) - 5 * minute, to: floorMinute(until) + 6 * minute };
}

/** Minutes without an event, and what no file covers. */
async function byMinutes(
  db: QuestDb,
  { venue, symbol, whole }: Coverage,
  spans: readonly Span[],
  seen: readonly Span[],
): Promise<Found> {
  const covered = joined([...seen, ...spans]);
  const touched = covered.filter((part) => spans.some(({ from, to }) => from <= part.to && to >= part.from));
  const [first, last] = [touched[0], touched.at(-1)!];
  const [lower, upper] = [covered[covered.indexOf(first) - 1], covered[covered.indexOf(last) + 1]];
  const range = { from: lower?.to ?? first.from, to: upper?.from ?? last.to, isFirst: !lower, isLast: !upper };
  const holes: Hole[] = [];
  const parts = [...(lower ? [lower] : []), ...touched, ...(upper ? [upper] : [])];
  for (const [index, part] of parts.slice(1).entries())
    holes.push({ since: parts[index].to, until: part.from, cause: 'missed minute', missing: null });
  if (whole) return { range, holes };
  for (const { from, to } of joined(spans)) {
    const pairs = await db.rows('gaps/events_apart', {
      ...{ venue, symbols: [symbol], from: new Timestamp(from), to: new Timestamp(to) },
    });
    for (const { since, until } of pairs) {
      const cause = doubtBetween({ ts: since, number: null }, { ts: until, number: null }, false);
      if (cause !== null) holes.push({ since, until, cause, missing: null });
    }
  }
  return { range, holes };
}

/** The first and the last minute of all that is known are not whole. */
function edgesOf({ from, to, isFirst, isLast }: Found['range']): Hole[] {
  const edge = (since: Micros, until: Micros): Hole => ({ since, until, cause: edgeCause, missing: null });
  return [
    ...(isFirst ? [edge(floorMinute(from), Math.max(from, floorMinute(from) + 1))] : []),
    ...(isLast ? [edge(to, floorMinute(to) + minute)] : []),
  ];
}

const isInner = ({ cause }: { cause: string }) => cause !== edgeCause;

function minutesTouched({ from, to }: Span): MinuteRange {
  return { from: floorMinute(from), to: floorMinute(to) + minute };
}
