import type { Micros } from '#lib/time.ts';
import { mostFindings, type Scope } from './scope.ts';

/** Something that is not as it should be. */
export interface Finding {
  what: string;
  symbol: string;
  /** ISO 8601; `to` is exclusive, and null where there is no end. */
  from: string;
  to: string | null;
  detail: string;
}

/** What a check has looked at in one venue, and what it found. */
export interface Checked {
  venue: string;
  symbols: number;
  from: string;
  to: string;
  /** How many of what were looked at. */
  looked: { [what: string]: number };
  /** What could not be looked at, and why. */
  notes: string[];
  findings: Finding[];
  /** There are more of a kind than are listed. */
  more: boolean;
}

/** Begins the report of a scope. */
export function begin({ venue, symbols, from, to }: Scope): Checked {
  return {
    ...{ venue, symbols: symbols.length, from: iso(from), to: iso(to) },
    ...{ looked: {}, notes: [], findings: [], more: false },
  };
}

/** Adds rows of a statement to what was found. */
export function add<T>(checked: Checked, rows: readonly T[], finding: (row: T) => Finding): void {
  checked.findings.push(...rows.slice(0, mostFindings).map(finding));
  if (rows.length > mostFindings) checked.more = true;
}

export function iso(ts: Micros): string {
  return new Date(ts / 1_000).toISOString();
}
