import { Sender } from '@questdb/nodejs-client';
import type { Micros } from '#lib/time.ts';
import type { QuestDbAddress } from './database.ts';
import { senderConfiguration } from './sender.ts';

/** One row for a table, its values by column type. A null is left out, which QuestDB stores as null. */
export interface NewRow {
  ts: Micros;
  symbols?: Record<string, string | null>;
  strings?: Record<string, string | null>;
  doubles?: Record<string, number | null>;
  longs?: Record<string, number | null>;
  booleans?: Record<string, boolean>;
  timestamps?: Record<string, Micros | null>;
  /** Columns of type DOUBLE[]. */
  arrays?: Record<string, readonly number[] | null>;
}

/**
 * Sends rows to a table in one request: all of them are acknowledged, or the promise rejects and the caller, which still
 * has them, decides. The tables' DEDUP keys make a repetition harmless.
 */
export async function appendRows(address: QuestDbAddress, table: string, rows: readonly NewRow[]): Promise<void> {
  if (rows.length === 0) return;
  const sender = await Sender.fromConfig(senderConfiguration(address));
  try {
    for (const row of rows) {
      sender.table(table);
      for (const [name, value] of present(row.symbols)) sender.symbol(name, value);
      for (const [name, value] of present(row.strings)) sender.stringColumn(name, value);
      for (const [name, value] of present(row.doubles)) sender.floatColumn(name, value);
      for (const [name, value] of present(row.longs)) sender.intColumn(name, value);
      for (const [name, value] of present(row.booleans)) sender.booleanColumn(name, value);
      for (const [name, value] of present(row.timestamps)) sender.timestampColumn(name, value, 'us');
      for (const [name, value] of present(row.arrays)) sender.arrayColumn(name, [...value]);
      await sender.at(row.ts, 'us');
    }
    await sender.flush();
  } finally {
    // What failed stays with the caller; the client would complain of it on stderr.
    sender.reset();
    await sender.close();
  }
}

function present<T>(values: Record<string, T | null> | undefined): [string, T][] {
  return Object.entries(values ?? {}).filter((entry): entry is [string, T] => entry[1] !== null);
}
