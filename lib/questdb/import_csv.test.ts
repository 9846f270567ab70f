import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { QuestDb } from './database.ts';
import { importCsv } from './import_csv.ts';

const table = `import_${randomUUID().slice(0, 8)}`;
let db: QuestDb;

beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  await db.query(
    `create table "${table}" (ts timestamp, key symbol, x double, at timestamp)
     timestamp(ts) partition by day wal dedup upsert keys(ts, key)`,
  );
});
afterAll(async () => {
  await db.query(`drop table "${table}"`);
  await db.close();
});

const time = (i: number) => new Date(Date.UTC(2026, 0, 5) + i * 60_000).toISOString().replace('Z', '000Z');
const csv = (key: string, values: (number | string)[]) =>
  `ts,key,x,at\n${values.map((value, i) => `${time(i)},${key},${value},${time(i + 1)}`).join('\n')}\n`;
const rows = async (key: string) => {
  await db.applied([table]);
  return db.query<{ x: number | null }>(`select x from "${table}" where key = '${key}' order by ts`);
};

describe('importCsv', () => {
  it('keeps doubles to the last bit and empty cells null', async () => {
    const values = [0.1 + 0.2, 1e-7, 100 / 7, 123456789.12345679, 1.7976931348623157e308, 0.0000012, 2 / 3];
    await importCsv(db, table, csv('bits', [...values, '']), ['ts', 'at']);
    expect((await rows('bits')).map((row) => row.x)).toEqual([...values, null]);
  });

  it('stores each row once however often it is repeated', async () => {
    for (let i = 0; i < 2; i++) await importCsv(db, table, csv('again', [1, 2, 3]), ['ts', 'at']);
    expect(await rows('again')).toEqual([{ x: 1 }, { x: 2 }, { x: 3 }]);
  });

  it('is an error when one row of many is refused; mended and sent again, all are there', async () => {
    const values: (number | string)[] = Array.from({ length: 2_000 }, (_, i) => i);
    const send = () => importCsv(db, table, csv('mended', values), ['ts', 'at']);
    values[1_500] = 'rubbish';
    await expect(send()).rejects.toThrow(/did not take 2000 rows/);
    // No null where a number was meant.
    expect((await rows('mended')).some((row) => row.x === null)).toBe(false);
    values[1_500] = 1_500;
    await send();
    expect((await rows('mended')).map((row) => row.x)).toEqual(values);
  });

  it('is an error when a time, the number of cells or the table is wrong', async () => {
    const good = csv('wrong', [1, 2, 3]);
    for (const bad of [good.replace(time(1), 'yesterday'), good.replace(',2,', ',')])
      await expect(importCsv(db, table, bad, ['ts', 'at'])).rejects.toThrow(/did not take 3 rows/);
    await expect(importCsv(db, table, 'no,such,columns\n1,2,3\n', ['ts'])).rejects.toThrow(/did not take 1 rows/);
  });

  it('takes a single row', async () => {
    await importCsv(db, table, csv('one', [7]), ['ts', 'at']);
    expect(await rows('one')).toEqual([{ x: 7 }]);
  });
});
