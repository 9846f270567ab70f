import { helperColumns } from '#features/catalogue.ts';
import type { FamilyFile } from '#features/header.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { bind } from '#lib/questdb/statement.ts';
import { statement } from '#sql/read.ts';

/**
 * Makes an empty table like the stored one, with the columns of these family files only.
 * @returns its name
 */
export async function makeTable(db: QuestDb, name: string, files: readonly FamilyFile[]): Promise<string> {
  const table = `features_${name}`;
  const state = new Set(files.flatMap((file) => file.state));
  const columns = [
    ...files.flatMap(({ features }) => features.map((feature) => `${feature.name} ${typeOf(feature.scale)}`)),
    ...helperColumns('1m')
      .filter((helper) => state.has(helper))
      .map((helper) => `${helper} DOUBLE`),
  ];
  const text = statement('features/create_table').replace('{columns}\n', `${columns.join(',\n  ')}\n`);
  await db.query(`DROP TABLE IF EXISTS ${table}`);
  await db.query(bind(text, { timeframe: name }));
  return table;
}

function typeOf(scale: string): string {
  return scale === 'category' ? 'INT' : 'DOUBLE';
}

/** Empties a table, so that what is filled next is new to it. */
export async function emptyTable(db: QuestDb, table: string): Promise<void> {
  await db.query(`TRUNCATE TABLE ${table}`);
  await db.applied([table]);
}
