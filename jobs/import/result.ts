import type { ImportState } from '#ingest/archives/tick_file.ts';
import type { TickLoader } from '#ingest/archives/tick_loader.ts';
import type { TradeIds } from '#ingest/feed.ts';
import type { Hole } from '#ingest/gaps/coverage.ts';
import { minute } from '#lib/time.ts';
import type { SymbolCoverage } from './close_imported.ts';
import type { Imported } from './imported.ts';

export interface Summary {
  /** Sound rows of the file. */
  rows: number;
  rejected: number;
  rejected_by_reason: { [reason: string]: number };
  symbols: string[];
  from: string | null;
  to: string | null;
}

export interface ImportedTicks extends Summary {
  path: string;
  venue: string;
  already: boolean;
  /** Trades that were known already and not taken again. */
  duplicates: number;
  /** Trades that were taken though another one of other content has their id. */
  reused_ids: number;
  /** An example of each reason. */
  examples: { [reason: string]: string };
  remarks: string[];
}

export interface TickImportResult extends Summary {
  seconds: number;
  rows_per_second: number;
  /** How the rows went to QuestDB. */
  way: TickLoader['way'];
  files: ImportedTicks[];
  coverage: CoverageResult[];
}

/** What is known of a symbol, and what is not. */
export interface CoverageResult {
  venue: string;
  symbol: string;
  /** What the ids of its trades say. */
  ids: TradeIds;
  gaps: number;
  /** Minutes that these gaps touch. */
  gap_minutes: number;
  /** Trades that are missing in them; null where ids do not tell. */
  missing_trades: number | null;
  longest_gap: { from: string; to: string } | null;
  healed: number;
}

/** What an import says at its end. `seconds`: all of it, bars included. */
export function resultOf(
  imported: readonly Imported[],
  coverage: readonly SymbolCoverage[],
  way: TickLoader['way'],
  seconds: number,
): TickImportResult {
  const files = imported.map(fileResult);
  const read = imported.reduce((sum, { already, state }) => sum + (already ? 0 : state.read), 0);
  return {
    ...totals(files),
    seconds: Math.round(seconds * 1000) / 1000,
    rows_per_second: Math.round(read / seconds),
    way,
    files,
    coverage: coverage.map(coverageResult).sort((a, b) => (a.symbol < b.symbol ? -1 : 1)),
  };
}

function coverageResult({ venue, symbol, ids, gaps, healed }: SymbolCoverage): CoverageResult {
  const length = ({ since, until }: Hole) => until - since;
  const longest = gaps.toSorted((a, b) => length(b) - length(a)).at(0);
  return {
    ...{ venue, symbol, ids, healed, gaps: gaps.length },
    gap_minutes: gaps.reduce(
      (sum, { since, until }) => sum + Math.ceil(until / minute) - Math.floor(since / minute),
      0,
    ),
    missing_trades: ids === 'count' ? gaps.reduce((sum, { missing }) => sum + (missing ?? 0), 0) : null,
    longest_gap: longest ? { from: iso(longest.since), to: iso(longest.until) } : null,
  };
}

function fileResult({ file, state, already }: Imported): ImportedTicks {
  const reasons = Object.entries(state.rejected);
  const times = state.days.flatMap(({ first, last }) => [first, last]);
  return {
    path: file.path,
    venue: file.venue,
    already,
    rows: state.days.reduce((sum, day) => sum + day.rows, 0),
    rejected: reasons.reduce((sum, [, { rows }]) => sum + rows, 0),
    rejected_by_reason: Object.fromEntries(reasons.map(([reason, { rows }]) => [reason, rows])),
    duplicates: state.duplicates,
    reused_ids: state.reused,
    symbols: [...new Set(state.days.map((day) => day.symbol))].sort(),
    from: times.length > 0 ? iso(Math.min(...times)) : null,
    to: times.length > 0 ? iso(Math.max(...times)) : null,
    examples: Object.fromEntries(reasons.map(([reason, { example }]) => [reason, example ?? 'no text'])),
    remarks: [...remarksOf(state), ...(file.remarks?.(state) ?? [])],
  };
}

function remarksOf({ days, duplicates, reused, touching }: ImportState): string[] {
  const remarks: string[] = [];
  if (duplicates > 0) remarks.push(`${duplicates} trades were known already and not taken again`);
  if (reused > 0) remarks.push(`${reused} trades have the id of another trade and were kept (id reused)`);
  if (touching.length > 0)
    remarks.push(
      'it begins or ends at an instant of another file: equal rows of that instant were kept as different ones',
    );
  const priceless = days.filter(({ pricedFrom }) => pricedFrom === null);
  if (priceless.length > 0)
    remarks.push(`no bars for ${symbolsOf(priceless)}: its rows are quotes without a last price`);
  // An archive had this for days: every trade was said to be sold by its taker.
  const oneSided = days.filter(({ buys, sells }) => buys + sells >= 1_000 && (buys === 0 || sells === 0));
  if (oneSided.length > 0)
    remarks.push(
      `all trades of ${symbolsOf(oneSided)} have the same side on some days: buy volume is not to be trusted`,
    );
  return remarks;
}

const symbolsOf = (days: readonly { symbol: string }[]) => [...new Set(days.map(({ symbol }) => symbol))].join(', ');

function totals(files: readonly ImportedTicks[]): Summary {
  const reasons: { [reason: string]: number } = {};
  for (const file of files)
    for (const [reason, rows] of Object.entries(file.rejected_by_reason))
      reasons[reason] = (reasons[reason] ?? 0) + rows;
  const times = files.flatMap(({ from, to }) => (from && to ? [from, to] : [])).sort();
  return {
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
    rejected: files.reduce((sum, { rejected }) => sum + rejected, 0),
    rejected_by_reason: reasons,
    symbols: [...new Set(files.flatMap(({ symbols }) => symbols))].sort(),
    from: times[0] ?? null,
    to: times.at(-1) ?? null,
  };
}

/** ISO 8601; microseconds are cut. */
function iso(micros: number): string {
  return new Date(micros / 1000).toISOString();
}
