import type { QuestDb } from '#lib/questdb/database.ts';
import { catalogue } from './catalogue.ts';
import type { Timeframe } from './timeframe.ts';

/**
 * Adds to the feature table the columns of the catalogue that it lacks: INT for categories, DOUBLE for the rest. QuestDB
 * adds one column a statement to a table with a WAL. Columns that the catalogue no longer has stay, with nulls from then
 * on.
 * @returns the names of the added columns
 */
export async function ensureColumns(db: QuestDb, timeframe: Timeframe = '1m'): Promise<string[]> {
  const table = `features_${timeframe}`;
  const there = new Set(
    (await db.query<{ column: string }>(`SELECT "column" FROM table_columns('${table}')`)).map((row) => row.column),
  );
  const missing = catalogue().filter((feature) => !there.has(feature.name));
  for (const { name, scale } of missing) {
    await db.query(`ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS ${name} ${scale === 'category' ? 'INT' : 'DOUBLE'}`);
  }
  if (missing.length > 0) await db.applied([table]);
  return missing.map((feature) => feature.name);
}
