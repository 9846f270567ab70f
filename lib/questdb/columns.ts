import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '#lib/errors.ts';
import type { QuestDb } from './database.ts';

/** The names of the columns that queries can read now. */
export async function columnsOf(db: QuestDb, table: string): Promise<Set<string>> {
  const rows = await db.query<{ column: string }>(`SELECT "column" FROM table_columns('${table}')`);
  return new Set(rows.map((row) => row.column));
}

/**
 * Runs the statement that adds this column, unless the column is there. QuestDB refuses the statement where another process
 * was quicker or an earlier try was cut off, even with IF NOT EXISTS: that is no failure if the column comes.
 * The column can be read only some time after the answer: see `columnsReadable`.
 */
export async function addColumn(db: QuestDb, table: string, column: string, statement: string): Promise<void> {
  if ((await columnsOf(db, table)).has(column)) return;
  try {
    await db.query(statement);
  } catch (error) {
    await columnsReadable(db, table, [column], 10_000).catch(() => {
      throw error;
    });
  }
}

/**
 * Waits until queries can read these columns. `applied` of the database does not tell it: QuestDB 9.3.4 does not count a
 * change of a table's columns among the transactions of its log.
 * @throws a transient UserError when they do not come in time
 */
export async function columnsReadable(
  db: QuestDb,
  table: string,
  columns: readonly string[],
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (let missing = columns; ; await sleep(10)) {
    const there = await columnsOf(db, table);
    missing = missing.filter((column) => !there.has(column));
    if (missing.length === 0) return;
    if (Date.now() > deadline)
      throw new UserError(
        `QuestDB has not added ${missing.join(', ')} to ${table} within ${timeoutMs / 1000} s.`,
        'Is its disk full, its machine overloaded, or the table suspended (./tickforest status)?',
        { transient: true },
      );
  }
}
