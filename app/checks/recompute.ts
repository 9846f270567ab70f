import { earliestBar } from '#features/compose.ts';
import type { FamilyFile } from '#features/header.ts';
import { deviations } from '#features/quality.ts';
import { recompute } from '#features/recompute.ts';
import type { QuestDb, Row } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros, type FeatureTimeframe } from '#lib/timeframe.ts';
import type { RowOf } from '#sql/rows.ts';
import { compareRows, type Difference } from './row_comparison.ts';
import type { Scope } from './scope.ts';

/** Stored features that are compared with what their bars give. */
export interface Stored extends Scope {
  timeframe: FeatureTimeframe;
  files: readonly FamilyFile[];
  table: string;
}

/** Later bars that a value is computed with, to tell a leak from a stored value that is merely old. */
const barsBeyond = 60;

/**
 * A value near 0 is the small difference of large ones, and has the residue of these: its error is measured against
 * this part of the feature's own deviation over the symbol's stored rows, which has the feature's unit. An error that is
 * told apart so is 10^-10 of a deviation; a leak is no such thing.
 */
const partOfDeviation = 1e-3;

/** By symbol and feature. */
export type Units = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** What the errors of small values are measured against, from all stored rows. */
export async function unitsOf(
  db: QuestDb,
  { venue, symbols, timeframe, table, files, from, to }: Stored,
): Promise<Units> {
  const features = files.flatMap((file) => file.features);
  const rows = await deviations(db, { venue, symbols, timeframe, table, from, to: to - 1 }, features);
  return new Map(
    [...rows].map(([symbol, of]) => [
      symbol,
      new Map([...of].map(([name, deviation]) => [name, deviation * partOfDeviation])),
    ]),
  );
}

/** Why a stored value is not the one made anew. */
export type Why = 'reads later bars' | 'is of bars that were changed since' | 'is not that of its bars';

/** The rows of one bar against those made anew. */
export interface ComparedAt {
  values: number;
  worst: Difference | undefined;
  differences: (Difference & { why: Why })[];
  /** Symbols whose stored row cannot be made of the bars that there are. */
  lost: string[];
}

/** How many values are merely of bars that were changed afterwards, and those that are wrong. */
export function bothKinds({ differences }: ComparedAt): [number, ComparedAt['differences']] {
  const wrong = differences.filter(({ why }) => why !== 'is of bars that were changed since');
  return [differences.length - wrong.length, wrong];
}

/**
 * Makes the features of a bar anew from its bars, all symbols that have a row there in one statement, without any bar
 * after it, and compares them with the stored ones.
 */
export async function compareAt(db: QuestDb, at: Stored, ts: Micros, units: Units): Promise<ComparedAt> {
  const { table, venue, symbols } = at;
  const features = at.files.flatMap((file) => file.features);
  const stored = await db.rows('checks/stored_rows', { table, venue, symbols, ts: new Timestamp(ts) });
  const compared: ComparedAt = { values: 0, worst: undefined, differences: [], lost: [] };
  if (stored.length === 0) return compared;
  const there = stored.map((row) => row.symbol);
  const truncated = bySymbol(await recompute(db, { ...at, symbols: there, from: ts, to: ts, knownUntil: ts }), ts);
  const differences: Difference[] = [];
  for (const row of stored) {
    const { symbol } = row;
    const again = truncated.get(symbol);
    if (!again) {
      compared.lost.push(symbol);
      continue;
    }
    const agreement = compareRows(features, row, again, units.get(symbol) ?? new Map());
    compared.values += agreement.values;
    if (agreement.worst && agreement.worst.error > (compared.worst?.error ?? 0)) compared.worst = agreement.worst;
    differences.push(...agreement.differences);
  }
  if (differences.length === 0) return compared;
  const leaks = await readLater(db, at, ts, { truncated, units, differences });
  const old = await older(db, at, ts, stored);
  const why = (difference: Difference): Why => {
    if (leaks.has(keyOf(difference))) return 'reads later bars';
    return old.has(difference.symbol) ? 'is of bars that were changed since' : 'is not that of its bars';
  };
  return { ...compared, differences: differences.map((difference) => ({ ...difference, why: why(difference) })) };
}

type StoredRow = RowOf<'checks/stored_rows'>;

/** The symbols whose rows were stored before the last change of a bar that they may rest on, of whatever symbol. */
async function older(db: QuestDb, { venue, timeframe, files }: Stored, ts: Micros, stored: readonly StoredRow[]) {
  const since = new Timestamp(earliestBar(files, ts, barMicros(timeframe)));
  const range = { timeframe, venue, since, until: new Timestamp(ts) };
  const [{ known_at }] = await db.rows('checks/last_change', range);
  const isOld = ({ computed_at }: StoredRow) => known_at !== null && computed_at !== null && computed_at < known_at;
  return new Set(stored.filter(isOld).map((row) => row.symbol));
}

interface Found {
  truncated: ReadonlyMap<string, Row>;
  units: Units;
  differences: readonly Difference[];
}

/** Which of the values become others when later bars are there. */
async function readLater(db: QuestDb, at: Stored, ts: Micros, { truncated, units, differences }: Found) {
  const symbols = [...new Set(differences.map(({ symbol }) => symbol))];
  const features = at.files.flatMap((file) => file.features);
  const to = ts + barsBeyond * barMicros(at.timeframe);
  const beyond = bySymbol(await recompute(db, { ...at, symbols, from: ts, to }), ts);
  return new Set(
    symbols.flatMap((symbol) => {
      const [later, without] = [beyond.get(symbol), truncated.get(symbol)];
      if (!later || !without) return [];
      return compareRows(features, later, without, units.get(symbol) ?? new Map()).differences.map(keyOf);
    }),
  );
}

function keyOf({ symbol, feature }: Difference): string {
  return `${symbol} ${feature}`;
}

function bySymbol(rows: readonly Row[], ts: Micros): Map<string, Row> {
  return new Map(
    rows.filter((row) => (row.ts as Date).getTime() * 1000 === ts).map((row) => [String(row.symbol), row]),
  );
}
