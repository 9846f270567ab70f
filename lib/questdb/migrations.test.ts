import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { OwnQuestDb } from '#app/testing/own_questdb.ts';
import { QuestDb } from './database.ts';
import { type Migration, migrate, migrations } from './migrations.ts';

const id = randomUUID().slice(0, 8);

function file(name: string, text: string): Migration {
  return { name, text, checksum: createHash('sha256').update(text).digest('hex') };
}

describe('migrations', () => {
  let db: QuestDb;
  beforeAll(() => {
    db = new QuestDb(inject('questdb'));
  });
  afterAll(() => db.close());

  it('changes nothing the second time', async () => {
    expect(await migrate(db)).toEqual([]);
    const ledger = await db.rows('migrations/ledger');
    expect(ledger.map((row) => row.name).sort()).toEqual(
      migrations()
        .map((step) => step.name)
        .sort(),
    );
  });

  it('makes a table for each step, only once, and goes on where it was cut off', async () => {
    // A server of its own: the steps that are repeated make views again, which other tests read.
    const own = await OwnQuestDb.start('migrations');
    onTestFinished(() => own.end());
    const { db } = own;
    await migrate(db);
    const step = file(
      `9000_${id}.sql`,
      `CREATE TABLE IF NOT EXISTS "t_${id}" (ts TIMESTAMP, x DOUBLE) TIMESTAMP(ts) PARTITION BY DAY WAL`,
    );
    const all = [...migrations(), step];
    expect(await migrate(db, all)).toEqual([step.name]);
    expect(await migrate(db, all)).toEqual([]);
    expect(await db.query(`select table_name from tables() where table_name = 't_${id}'`)).toHaveLength(1);

    const changed = file(step.name, step.text.replace('x DOUBLE', 'y DOUBLE'));
    await expect(migrate(db, [...migrations(), changed])).rejects.toThrow(/was changed after it had been applied/);
    await expect(migrate(db, migrations())).rejects.toThrow(/is in this database but not in sql\/tables/);
    await db.query('drop table schema_migrations');
    expect(await migrate(db)).toEqual(migrations().map(({ name }) => name));
  });

  it('lets no step read a table before the column of the step before is there', async () => {
    // Only a server in this mode lets a table be suspended on demand.
    vi.stubEnv('QDB_DEV_MODE_ENABLED', 'true');
    const own = await OwnQuestDb.start('migrations-late');
    vi.unstubAllEnvs();
    onTestFinished(() => own.end());
    const { db } = own;
    await db.query('CREATE TABLE late (ts TIMESTAMP, x DOUBLE) TIMESTAMP(ts) PARTITION BY DAY WAL');
    // A table whose log stands still is the slowest there can be.
    await db.query('ALTER TABLE late SUSPEND WAL');
    const steps = [
      file('9001.sql', 'ALTER TABLE late ADD COLUMN IF NOT EXISTS y DOUBLE'),
      file(
        '9002.sql',
        'CREATE TABLE IF NOT EXISTS later AS (SELECT ts, y FROM late) TIMESTAMP(ts) PARTITION BY DAY WAL',
      ),
    ];
    const done = migrate(db, steps);
    await sleep(500);
    await db.query('ALTER TABLE late RESUME WAL');
    expect(await done).toEqual(['9001.sql', '9002.sql']);
    expect(await db.query('SELECT y FROM later')).toEqual([]);
  });
});
