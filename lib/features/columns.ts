import type { QuestDb } from '#lib/questdb/database.ts';
import { catalogue } from './catalogue.ts';
import type { Timeframe } from './timeframe.ts';

/**
 * Adds to the feature table the columns of the catalogue that it lacks: INT for categories, DOUBLE for the rest.
 * QuestDB adds one column a statement to a table with a WAL. Columns that the catalogue no longer has stay, with nulls
 * from then on. Two processes may do this at the same time.
 * @returns the names of the columns that were missing
 */
export async function ensureColumns(db: QuestDb, timeframe: Timeframe = '1m'): Promise<string[]> {
  const table = `features_${timeframe}`;
  const there = await columnsOf(db, table);
  const missing = catalogue().filter((feature) => !there.has(feature.name));
  for (const { name, scale } of missing) {
    try {
      await db.query(`ALTER TABLE ${table} ADD COLUMN ${name} ${scale === 'category' ? 'INT' : 'DOUBLE'}`);
    } catch (error) {
      // Another process may have been quicker. IF NOT EXISTS does not help when both have found the column missing, and
      // a column that was added is listed only once that is applied.
      await db.applied([table]);
      if (!(await columnsOf(db, table)).has(name)) throw error;
    }
  }
  if (missing.length > 0) await db.applied([table]);
  return missing.map((feature) => feature.name);
}

async function columnsOf(db: QuestDb, table: string): Promise<Set<string>> {
  const rows = await db.query<{ column: string }>(`SELECT "column" FROM table_columns('${table}')`);
  return new Set(rows.map((row) => row.column));
}
