import { addColumn, columnsOf, columnsReadable } from '#lib/questdb/columns.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { bind } from '#lib/questdb/statement.ts';
import { type FeatureTimeframe, featureTimeframes } from '#lib/timeframe.ts';
import { statement } from '#sql/read.ts';
import { catalogue, helperColumns } from './catalogue.ts';

/** Makes the feature tables of all timeframes, and adds what they lack. */
export async function ensureTables(db: QuestDb): Promise<void> {
  for (const timeframe of featureTimeframes) await ensureColumns(db, timeframe);
}

/**
 * Makes the feature table, or adds to it the columns of the catalogue that it lacks: INT for categories, DOUBLE for the
 * rest. QuestDB adds one column a statement to a table with a WAL. Columns that the catalogue no longer has stay, with
 * nulls from then on. Two processes may do this at the same time.
 * @returns the names of the columns that were missing
 */
export async function ensureColumns(db: QuestDb, timeframe: FeatureTimeframe): Promise<string[]> {
  const wanted = columnsWanted(timeframe);
  const table = `features_${timeframe}`;
  const columns = [...wanted].map(([name, type]) => `${name} ${type}`).join(',\n  ');
  await db.query(bind(statement('features/create_table').replace('{columns}\n', `${columns}\n`), { timeframe }));
  const there = await columnsOf(db, table);
  const missing = [...wanted].filter(([name]) => !there.has(name));
  for (const [name, type] of missing)
    await addColumn(db, table, name, `ALTER TABLE ${table} ADD COLUMN ${name} ${type}`);
  await columnsReadable(
    db,
    table,
    missing.map(([name]) => name),
  );
  return missing.map(([name]) => name);
}

/** Names and types of what the statements of the families write. */
function columnsWanted(timeframe: FeatureTimeframe): Map<string, string> {
  return new Map([
    ...catalogue(timeframe).map(({ name, scale }) => [name, scale === 'category' ? 'INT' : 'DOUBLE'] as const),
    ...helperColumns(timeframe).map((name) => [name, 'DOUBLE'] as const),
  ]);
}
