import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { addColumn, columnsOf, columnsReadable } from './columns.ts';
import { QuestDb } from './database.ts';

describe('columns', () => {
  const table = `columns_${randomUUID().slice(0, 8)}`;
  let db: QuestDb;
  beforeAll(async () => {
    db = new QuestDb(inject('questdb'));
    await db.query(`CREATE TABLE ${table} (ts TIMESTAMP, x DOUBLE) TIMESTAMP(ts) PARTITION BY DAY WAL`);
  });
  afterAll(async () => {
    await db.query(`DROP TABLE ${table}`);
    await db.close();
  });

  it('are added once by many at the same time', async () => {
    await Promise.all(
      Array.from({ length: 8 }, () => addColumn(db, table, 'y', `ALTER TABLE ${table} ADD COLUMN y DOUBLE`)),
    );
    await columnsReadable(db, table, ['y']);
    expect(await columnsOf(db, table)).toEqual(new Set(['ts', 'x', 'y']));
  });

  it('that do not come are named, and so is what refuses them', async () => {
    await expect(columnsReadable(db, table, ['x', 'z'], 50)).rejects.toThrow(
      `QuestDB has not added z to ${table} within 0.05 s.`,
    );
    await expect(addColumn(db, table, 'z', `ALTER TABLE ${table} ADD COLUMN z NOTHING`)).rejects.toThrow(
      /NOTHING|type/,
    );
  });
});
