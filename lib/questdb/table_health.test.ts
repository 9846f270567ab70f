import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { OwnQuestDb } from '#app/testing/own_questdb.ts';
import { eventually } from '#lib/testing/eventually.ts';
import type { QuestDb } from './database.ts';
import { resumeSuspended, tableProblems } from './table_health.ts';

/** A server of this file's own: only one in this mode lets a table be suspended on demand. */
let server: OwnQuestDb;
let db: QuestDb;
const table = 'observed';

beforeAll(async () => {
  vi.stubEnv('QDB_DEV_MODE_ENABLED', 'true');
  server = await OwnQuestDb.start('problems');
  db = server.db;
  await db.query(`create table ${table} (ts timestamp, symbol symbol, x double) timestamp(ts) partition by day wal`);
  await db.query(
    `create materialized view ${table}_5m as (select ts, symbol, sum(x) x from ${table} sample by 5m) partition by month`,
  );
});
afterAll(() => server.end());

const own = async () => (await tableProblems(db)).filter((what) => what.includes(table));

describe('tableProblems', () => {
  it('says nothing of tables and views that follow, also while they are written', async () => {
    for (let i = 0; i < 20; i++)
      await db.query(`insert into ${table} values ('2026-01-05T10:0${i % 10}:00', 'A', ${i})`);
    expect(await own()).toEqual([]);
  });

  it('names what is suspended, and why, and resumes it', async () => {
    await db.query(`alter table ${table} suspend wal`);
    await db.query(`alter materialized view ${table}_5m suspend wal with 'DISK FULL', 'no room'`);
    await db.query(`insert into ${table} values ('2026-01-05T11:00:00', 'A', 1)`);
    // It is listed as suspended a moment later.
    await eventually(async () =>
      expect((await own()).filter((what) => what.includes('suspended')).sort()).toEqual([
        `the table ${table} is suspended; workers try to resume it`,
        `the view ${table}_5m is suspended: no room; workers try to resume it`,
      ]),
    );
    // A refresh that was under way may have taken the view on by itself; that neither stays suspended is asked below.
    const resumed = await resumeSuspended(db);
    expect(resumed).toContain(table);
    for (const name of resumed) expect([table, `${table}_5m`]).toContain(name);
    await db.applied([table]);
    await eventually(async () => expect(await own()).toEqual([]));
    expect(await db.query(`select ts from ${table} where ts = '2026-01-05T11:00:00'`)).toHaveLength(1);
  });

  it('tells a view that its table has left behind to follow, and names it where it does not', async () => {
    await db.query(
      `create materialized view ${table}_by_hand refresh manual as (select ts, sum(x) x from ${table} sample by 1h)
       partition by month`,
    );
    await db.query(`refresh materialized view ${table}_by_hand full`);
    await eventually(async () => expect(await db.query(`${table}_by_hand`)).not.toEqual([]));
    await db.query(`insert into ${table} values ('2026-01-05T12:00:00', 'A', 1)`);
    await db.applied([table]);
    expect(await own()).toEqual([]);
    expect(await db.query(`select ts from ${table}_by_hand where ts = '2026-01-05T12:00:00'`)).toHaveLength(1);
    await db.query(`alter materialized view ${table}_by_hand suspend wal`);
    await db.query(`insert into ${table} values ('2026-01-05T13:00:00', 'A', 1)`);
    await db.applied([table]);
    expect(await own()).toEqual([
      expect.stringMatching(`^the view ${table}_by_hand is suspended`),
      `the view ${table}_by_hand is behind ${table} and does not move`,
    ]);
    await db.query(`drop materialized view ${table}_by_hand`);
  });

  it('names a view that can never follow again, and why', async () => {
    await db.applied([table]);
    await db.query(`truncate table ${table}`);
    // Until the server comes to it, the view is only behind.
    const reason = new RegExp(`^the view ${table}_5m is invalid: .*truncate`);
    await eventually(async () => expect(await own()).toEqual([expect.stringMatching(reason)]));
  });
});
