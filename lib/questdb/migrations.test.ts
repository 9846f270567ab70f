import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
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
});
