import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { appendRows } from './append.ts';
import { QuestDb } from './database.ts';

const table = `append_${randomUUID().slice(0, 8)}`;
const ts = Date.UTC(2026, 0, 5) * 1_000 + 123_456;
let db: QuestDb;

beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  await db.query(
    `create table "${table}" (ts timestamp, key symbol, text varchar, x double, n long, yes boolean, at timestamp)
     timestamp(ts) partition by day wal dedup upsert keys(ts, key)`,
  );
});
afterAll(async () => {
  await db.query(`drop table "${table}"`);
  await db.close();
});

const rows = async (key: string) => {
  await db.applied([table]);
  return db.query(
    `select cast(ts as long) ts, key, text, x, n, yes, cast(at as long) at from "${table}" where key like '${key}%' order by ts, key`,
  );
};

describe('appendRows', () => {
  it('keeps every kind of value to the last bit, and stores nulls as null', async () => {
    const text = 'line one\nline "two", a=b \\ é 東京 🙂';
    await appendRows(db.address, table, [
      {
        ...{ ts, symbols: { key: 'kinds 1' }, strings: { text }, doubles: { x: 0.1 + 0.2 } },
        ...{ longs: { n: Number.MAX_SAFE_INTEGER }, booleans: { yes: true }, timestamps: { at: ts + 1 } },
      },
      {
        ...{ ts, symbols: { key: 'kinds 2' }, strings: { text: null }, doubles: { x: null } },
        ...{ longs: { n: null }, timestamps: { at: null } },
      },
      { ts: 0, symbols: { key: 'kinds 3' }, strings: { text: '' }, doubles: { x: -5e-324 }, longs: { n: -1 } },
    ]);
    const none = { text: null, x: null, n: null, yes: false, at: null };
    expect(await rows('kinds')).toEqual([
      { ...none, ts: 0, key: 'kinds 3', text: '', x: -5e-324, n: -1 },
      { ts, key: 'kinds 1', text, x: 0.30000000000000004, n: Number.MAX_SAFE_INTEGER, yes: true, at: ts + 1 },
      { ...none, ts, key: 'kinds 2' },
    ]);
  });

  it('may be repeated: the keys keep each row once', async () => {
    const batch = [1, 2, 3].map((n) => ({ ts: ts + n, symbols: { key: 'again' }, longs: { n } }));
    await appendRows(db.address, table, batch);
    await appendRows(db.address, table, batch);
    expect(await rows('again')).toHaveLength(3);
  });

  it('stores nothing of a batch of which one row is refused', async () => {
    const good = { ts, symbols: { key: 'whole' }, longs: { n: 1 } };
    const bad = { ts: ts + 1, symbols: { key: 'whole' }, strings: { yes: 'perhaps' } };
    await expect(appendRows(db.address, table, [good, bad])).rejects.toThrow(/400/);
    await expect(appendRows(db.address, table, [good, { ...good, ts: 0.5 }])).rejects.toThrow();
    expect(await rows('whole')).toEqual([]);
  });

  it('rejects when nobody answers, and does nothing for no rows', async () => {
    await appendRows({ ...db.address, httpPort: 1 }, table, []);
    await expect(
      appendRows({ ...db.address, host: 'name.invalid' }, table, [{ ts, symbols: { key: 'x' } }]),
    ).rejects.toThrow();
  });
});
