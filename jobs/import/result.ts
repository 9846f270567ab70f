import type { ImportState, TickFile } from '#ingest/archives/tick_file.ts';
import type { TickLoader } from '#ingest/archives/tick_loader.ts';

/** A file that has been brought in, now or before. */
export interface Imported {
  file: TickFile;
  state: ImportState;
  /** It was in already and was not read again. */
  already: boolean;
  save: () => void;
}

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
}

/** What an import says at its end. `seconds`: all of it, bars included. */
export function resultOf(imported: readonly Imported[], way: TickLoader['way'], seconds: number): TickImportResult {
  const files = imported.map(fileResult);
  const read = imported.reduce((sum, { already, state }) => sum + (already ? 0 : state.read), 0);
  return {
    ...totals(files),
    seconds: Math.round(seconds * 1000) / 1000,
    rows_per_second: Math.round(read / seconds),
    way,
    files,
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
    symbols: [...new Set(state.days.map((day) => day.symbol))].sort(),
    from: times.length > 0 ? iso(Math.min(...times)) : null,
    to: times.length > 0 ? iso(Math.max(...times)) : null,
    examples: Object.fromEntries(reasons.map(([reason, { example }]) => [reason, example ?? 'no text'])),
    remarks: [...remarksOf(state), ...(file.remarks?.(state) ?? [])],
  };
}

function remarksOf({ days }: ImportState): string[] {
  const remarks: string[] = [];
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
