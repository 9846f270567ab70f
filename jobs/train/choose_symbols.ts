import { always } from '#features/runs.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros, type Timeframe } from '#lib/timeframe.ts';
import { countBars, inBoth, type Span, startOfNewest, unusableBars, usableSpans } from './usable_bars.ts';

/** Bars that a symbol may end before the others and still be one of them: what is a few minutes late is not gone. */
const lateBars = 30;

export const noCandles = 'it has no candles';

/** Symbols whose candles end this much before the market's newest have no say in where a window ends. */
const goneAfter = 30 * 86_400_000_000;

export interface SymbolsRequest {
  venue: string;
  timeframe: Timeframe;
  horizon: number;
  bars: number;
  /** How many, by turnover, or which. */
  symbols: number | readonly string[];
  /** Symbols that are known not to do, and why. */
  unusable?: ReadonlyMap<string, string>;
}

export interface SymbolChoice {
  symbols: string[];
  /** Looked at and not taken: with a number, those of larger turnover than the last that was; else of those named. */
  skipped: { symbol: string; reason: string }[];
  /** The market's newest bar; undefined where it has none. */
  newest: Micros | undefined;
}

/** What is known of a symbol that has candles. */
interface Candidate {
  symbol: string;
  candles: number;
  first: Micros;
  last: Micros;
  /** Its usable bars since `looked`. */
  usable: readonly Span[];
  looked: Micros;
}

interface Taken {
  symbols: string[];
  /** `older` where older bars than those looked at may help. */
  skipped: { symbol: string; reason: string; older: boolean }[];
}

/**
 * The symbols to train on: those that share the newest bars.
 *
 * With a number, the symbols are looked at from the largest turnover down. The window ends with the newest usable bar
 * (one that has features and labels) that half of the market's symbols have. A symbol is passed over when its own usable
 * bars end more than `lateBars` earlier, when there are fewer than `bars` of them, or when its holes leave too few bars in
 * common with the symbols taken before it, or only bars of long before. With names, all of these are wanted: skipped is
 * only what has too few bars even alone.
 */
export async function chooseSymbols(db: QuestDb, request: SymbolsRequest): Promise<SymbolChoice> {
  const { venue, timeframe, horizon, bars, symbols: wanted, unusable } = request;
  const rows = await db.rows('frames/symbols_by_volume', { venue, timeframe });
  const named = typeof wanted === 'number' ? rows.map(({ symbol }) => symbol) : wanted;
  const there = named
    .filter((symbol) => !unusable?.has(symbol))
    .flatMap((symbol) => rows.find((row) => row.symbol === symbol) ?? []);
  const missing = named
    .filter((symbol) => !there.some((row) => row.symbol === symbol))
    .map((symbol) => ({ symbol, reason: unusable?.get(symbol) ?? noCandles }));
  const newest = rows.length === 0 ? undefined : Math.max(...rows.map((row) => micros(row.last_bar)));
  if (newest === undefined || there.length === 0) return { symbols: [], skipped: missing, newest };
  const bar = barMicros(timeframe);
  const { before, after } = unusableBars(timeframe, horizon);
  const market = { venue, timeframe, horizon, symbols: there.map(({ symbol }) => symbol) };
  // The last bars mostly tell. Where symbols are short of them, older ones may do: a recording may end in one short spell.
  for (let reach = 2 * (bars + before + after); ; reach *= 4) {
    const looked = Math.max(0, newest - reach * bar);
    const usable = await usableSpans(db, market, { since: looked, until: always.until });
    const candidates = there.map((row): Candidate => {
      const { symbol, bars: candles } = row;
      const extent = { first: micros(row.first_bar), last: micros(row.last_bar) };
      return { symbol, candles, ...extent, usable: usable.get(symbol)!, looked };
    });
    const { symbols, skipped } =
      typeof wanted === 'number' ? takeNewest(candidates, wanted, newest, request) : takeNamed(candidates, request);
    if (symbols.length === wanted || !skipped.some(({ older }) => older)) {
      const told = skipped.map(({ symbol, reason }) => ({ symbol, reason }));
      return { symbols, skipped: [...missing, ...told], newest };
    }
  }
}

function takeNewest(candidates: readonly Candidate[], wanted: number, newest: Micros, request: SymbolsRequest): Taken {
  const { timeframe, horizon, bars } = request;
  const bar = barMicros(timeframe);
  const fresh = candidates.filter(({ last }) => newest - last <= goneAfter);
  const half = Math.max(1, Math.floor(fresh.length / 2));
  const ends = fresh.flatMap(({ usable }) => usable.at(-1)?.last ?? []);
  const end = nthNewest(ends, half) ?? newest;
  const unsure = ends.length < half;
  const starts = fresh.flatMap(({ usable }) => startOfNewest(usable, bars, bar) ?? []);
  // A hole costs more bars than it is long, for a warm-up follows it; that much is no reason yet.
  const stretch = Math.max(bars, 2 * unusableBars(timeframe, horizon).before) * bar;
  const earliest = (nthNewest(starts, half) ?? 0) - stretch;
  const taken: Taken = { symbols: [], skipped: [] };
  let common: readonly Span[] | undefined;
  for (const candidate of candidates) {
    if (taken.symbols.length === wanted) break;
    const { symbol, first, last, usable, looked } = candidate;
    const shared = common ? inBoth(common, usable) : usable;
    const skip = (reason: string, older: boolean) => taken.skipped.push({ symbol, reason, older });
    const few = tooFew(candidate, request);
    const start = startOfNewest(shared, bars, bar);
    if (last < end - lateBars * bar)
      skip(`its candles end at ${iso(last)}, and half of the market goes on to ${iso(end)}`, unsure && first < looked);
    else if (few) skip(few, first < looked);
    else if (start === undefined) {
      const count = countBars(shared, bar);
      skip(`${count} usable bars are left in common with it, and ${bars} are wanted`, first < looked);
    } else if (shared.at(-1)!.last < end - lateBars * bar)
      skip(`its bars with features and labels end at ${iso(shared.at(-1)!.last)}`, false);
    else if (start < earliest) skip(`because of its holes the window would begin at ${iso(start)}`, false);
    else {
      taken.symbols.push(symbol);
      common = shared;
    }
  }
  return taken;
}

function takeNamed(candidates: readonly Candidate[], request: SymbolsRequest): Taken {
  const taken: Taken = { symbols: [], skipped: [] };
  for (const candidate of candidates) {
    const { symbol, first, looked } = candidate;
    const reason = tooFew(candidate, request);
    if (reason) taken.skipped.push({ symbol, reason, older: first < looked });
    else taken.symbols.push(symbol);
  }
  return taken;
}

/** Why a symbol cannot be trained on even alone. */
function tooFew(candidate: Candidate, { timeframe, horizon, bars }: SymbolsRequest): string | undefined {
  const { candles, first, last, usable, looked } = candidate;
  if (candles < bars) return `it has ${candles} candles and ${bars} are wanted`;
  const count = countBars(usable, barMicros(timeframe));
  if (count >= bars) return undefined;
  const { before, after } = unusableBars(timeframe, horizon);
  const span = `from ${iso(Math.max(first, looked))} to ${iso(last)}`;
  return `${count} of its bars ${span} are usable and ${bars} are wanted, for the first ${before} of each unbroken run warm up and the last ${after} have no label`;
}

/** The n-th largest, the smallest where there are fewer; undefined of none. */
function nthNewest(times: readonly Micros[], n: number): Micros | undefined {
  return times.toSorted((a, b) => b - a).at(Math.min(n, times.length) - 1);
}

function iso(ts: Micros): string {
  return `${new Date(ts / 1000).toISOString().slice(0, 16)}Z`;
}

function micros(date: Date): Micros {
  return date.getTime() * 1000;
}
