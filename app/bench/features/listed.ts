import { families } from '#features/catalogue.ts';
import type { FamilyFile } from '#features/header.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { exportParquet } from '#lib/questdb/parquet.ts';
import { bind } from '#lib/questdb/statement.ts';
import { listedNames } from './listed_names.ts';

const listed = new Set<string>(listedNames);

/** The family files that make the features of the list. */
export function listedFiles(): FamilyFile[] {
  return families('1m').filter(({ features }) => features.some(({ name }) => listed.has(name)));
}

/** Writes the stored features of the list of a venue into a Parquet file. */
export async function exportListed(db: QuestDb, table: string, venue: string, file: string): Promise<void> {
  const text = `SELECT ts, symbol, ${listedNames.join(', ')} FROM ${table} WHERE venue = :venue`;
  await exportParquet(db, bind(text, { venue }), file);
}
