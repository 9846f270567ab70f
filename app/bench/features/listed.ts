import { families } from '#features/catalogue.ts';
import type { FamilyFile } from '#features/header.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { exportParquet } from '#lib/questdb/parquet.ts';
import { bind } from '#lib/questdb/statement.ts';

/** The family files of the list of 90 that the project began with: what is beyond it states a hypothesis. */
export function listedFiles(): FamilyFile[] {
  return families('1m').filter(({ features }) => features.every(({ hypothesis }) => hypothesis === null));
}

/** The names of the features of the list, in the order of the catalogue. */
export function listedNames(): string[] {
  return listedFiles().flatMap(({ features }) => features.map(({ name }) => name));
}

/** Writes the stored features of the list of a venue into a Parquet file. */
export async function exportListed(db: QuestDb, table: string, venue: string, file: string): Promise<void> {
  const text = `SELECT ts, symbol, ${listedNames().join(', ')} FROM ${table} WHERE venue = :venue`;
  await exportParquet(db, bind(text, { venue }), file);
}
