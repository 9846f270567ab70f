import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { QuestDb } from '#lib/questdb/database.ts';
import { eventually } from '#lib/testing/eventually.ts';
import { catalogue, helperColumns } from './catalogue.ts';
import { ensureColumns } from './columns.ts';

const timeframe = '1h';
const table = `features_${timeframe}`;
// Columns that were there before, of which none is lost.
const old = 'rsi_14';
let db: QuestDb;
beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
});
afterAll(() => db.close());

describe('ensureColumns', () => {
  it('adds each missing column once, though two do it at the same time', async () => {
    await db.query(`ALTER TABLE ${table} DROP COLUMN ${old}`);
    const names = async () =>
      (await db.query<{ column: string }>(`SELECT "column" FROM table_columns('${table}')`)).map(
        ({ column }) => column,
      );
    // What is listed follows what is applied.
    await eventually(async () => expect(await names()).not.toContain(old));
    const both = await Promise.all([ensureColumns(db, timeframe), ensureColumns(db, timeframe)]);
    // Each tells what it found missing; one may have come too late for that.
    expect(new Set(both.flat())).toEqual(new Set([old]));
    expect(await ensureColumns(db, timeframe)).toEqual([]);
    const columns = await db.query<{ column: string; type: string }>(
      `SELECT "column", type FROM table_columns('${table}')`,
    );
    const types = new Map(columns.map(({ column, type }) => [column, type]));
    expect(types.size).toBe(7 + catalogue(timeframe).length + helperColumns(timeframe).length);
    for (const { name, scale } of catalogue(timeframe))
      expect(types.get(name), name).toBe(scale === 'category' ? 'INT' : 'DOUBLE');
    for (const name of helperColumns(timeframe)) expect(types.get(name), name).toBe('DOUBLE');
  });
});
