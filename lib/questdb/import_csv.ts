import { reasonOf, UserError } from '#lib/errors.ts';
import type { QuestDb } from './database.ts';

interface ImportAnswer {
  status: string;
  rowsRejected: number;
  rowsImported: number;
}

/** Timestamps in such a CSV read like 2025-05-04T15:33:00.000000Z. */
const timestampPattern = 'yyyy-MM-ddTHH:mm:ss.SSSUUUZ';

/**
 * Loads CSV text (first line: the column names) into an existing table in one request. Resolves when every row is stored.
 * Where some are refused the others are stored all the same, so a table of imports needs DEDUP keys: then the whole text
 * can be sent again.
 * @param timestamps the names of the timestamp columns; the first is the designated one
 * @throws UserError when the server refuses any row
 */
export async function importCsv(db: QuestDb, table: string, csv: string, timestamps: readonly string[]): Promise<void> {
  await importCsvFile(db, table, new Blob([csv], { type: 'text/csv' }), csv.split('\n').length - 2, timestamps);
}

/** The same for a file that is too large for a string, such as `fs.openAsBlob` gives. `rows`: how many lines after the first. */
export async function importCsvFile(
  db: QuestDb,
  table: string,
  csv: Blob,
  rows: number,
  timestamps: readonly string[],
): Promise<void> {
  const form = new FormData();
  form.append(
    'schema',
    JSON.stringify(timestamps.map((name) => ({ name, type: 'TIMESTAMP', pattern: timestampPattern }))),
  );
  form.append('data', csv, `${table}.csv`);
  const query = new URLSearchParams({
    name: table,
    fmt: 'json',
    forceHeader: 'true',
    delimiter: ',',
    // A row that cannot be read is counted, not stored with a null. `abort` would drop rows before it and still count them.
    atomicity: 'skipRow',
    timestamp: timestamps[0],
  });
  const { ok, text } = await post(db, `/imp?${query}`, form);
  const answer = ok ? (JSON.parse(text) as ImportAnswer) : undefined;
  if (answer?.status === 'OK' && answer.rowsRejected === 0 && answer.rowsImported === rows) return;
  throw new UserError(
    `QuestDB did not take ${rows} rows into ${table}: ${text.slice(0, 300)}.`,
    'Mend the cause and import again: what was stored already stays once.',
  );
}

/** QuestDB closes the connection as soon as it refuses, at times before its answer could be read: that is a refusal too. */
async function post(db: QuestDb, path: string, body: FormData): Promise<{ ok: boolean; text: string }> {
  try {
    const response = await db.http(path, { method: 'POST', body });
    return { ok: response.ok, text: await response.text() };
  } catch (error) {
    return { ok: false, text: reasonOf(error) };
  }
}
