import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '#lib/errors.ts';
import { featureTimeframes } from '#lib/timeframe.ts';
import { addColumn, columnsReadable } from './columns.ts';
import type { QuestDb } from './database.ts';
import { bind } from './statement.ts';

const tablesDirectory = fileURLToPath(new URL('../../sql/tables', import.meta.url));

/** A file of sql/tables: its number orders it, its checksum tells whether it was changed after it had been applied. */
export interface Migration {
  name: string;
  checksum: string;
  text: string;
}

/** The migrations in the order of their numbers. A file that has {timeframe} in it is one for each that has features. */
export function migrations(directory = tablesDirectory): Migration[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .flatMap((file) => {
      const text = readFileSync(join(directory, file), 'utf8');
      if (!text.includes('{timeframe}')) return [migration(file, bind(text))];
      return featureTimeframes.map((timeframe) =>
        migration(file.replace('.sql', `_${timeframe}.sql`), bind(text, { timeframe })),
      );
    });
}

function migration(name: string, text: string): Migration {
  return { name, text, checksum: createHash('sha256').update(text).digest('hex') };
}

/**
 * Brings the database to the newest schema and records each step in the append-only table `schema_migrations`. Running it
 * again changes nothing. Every file says IF NOT EXISTS, so a step that was cut off is repeated safely.
 * @returns the names applied now
 * @throws UserError when an applied file has changed or is gone
 */
export async function migrate(db: QuestDb, files: Migration[] = migrations()): Promise<string[]> {
  await db.run('migrations/create_ledger');
  await db.applied(['schema_migrations']);
  const ledger = new Map((await db.rows('migrations/ledger')).map((row) => [row.name, row.checksum]));
  const byName = new Map(files.map((file) => [file.name, file]));
  for (const [name, checksum] of ledger) {
    const file = byName.get(name);
    if (!file)
      throw new UserError(
        `The migration ${name} is in this database but not in sql/tables.`,
        'Use a newer version of tickforest with this database, or another database.',
      );
    if (file.checksum !== checksum)
      throw new UserError(
        `The migration ${name} was changed after it had been applied.`,
        'Restore the file and put the change into a new file with the next number.',
      );
  }
  const applied: string[] = [];
  for (const file of files) {
    if (ledger.has(file.name)) continue;
    await apply(db, file.text);
    await db.run('migrations/record', { name: file.name, checksum: file.checksum });
    applied.push(file.name);
  }
  await db.applied(['schema_migrations']);
  return applied;
}

/** A step that was cut off is repeated. A column that it adds can be read when it is done: the next step may read it. */
async function apply(db: QuestDb, text: string): Promise<void> {
  const [, table, column] = /^ALTER TABLE (\w+) ADD COLUMN IF NOT EXISTS (\w+)/m.exec(text) ?? [];
  if (!table || !column) {
    await db.query(text);
    return;
  }
  await addColumn(db, table, column, text);
  await columnsReadable(db, table, [column]);
}
