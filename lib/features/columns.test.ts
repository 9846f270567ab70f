import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { QuestDb } from '#lib/questdb/database.ts';
import { bind, statement } from '#lib/questdb/statement.ts';
import { catalogue } from './catalogue.ts';
import { ensureColumns } from './columns.ts';

// A feature table that no other test uses.
const timeframe = '1d';
let db: QuestDb;
beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  await db.query(bind(statement('tables/0100_features_1m').replace('features_1m', `features_${timeframe}`)));
});
afterAll(async () => {
  await db.query(`DROP TABLE features_${timeframe}`);
  await db.close();
});

describe('ensureColumns', () => {
  it('adds each missing column once, though two do it at the same time', async () => {
    const both = await Promise.all([ensureColumns(db, timeframe), ensureColumns(db, timeframe)]);
    expect(both[0]).toEqual(catalogue().map((feature) => feature.name));
    expect(await ensureColumns(db, timeframe)).toEqual([]);
    const columns = await db.query<{ column: string; type: string }>(
      `SELECT "column", type FROM table_columns('features_${timeframe}')`,
    );
    const types = new Map(columns.map(({ column, type }) => [column, type]));
    expect(types.size).toBe(7 + catalogue().length);
    for (const { name, scale } of catalogue())
      expect(types.get(name), name).toBe(scale === 'category' ? 'INT' : 'DOUBLE');
  });
});
