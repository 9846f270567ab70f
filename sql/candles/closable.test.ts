import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { appendRows } from '#lib/questdb/append.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';

let db: QuestDb;
beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterAll(() => db.close());

it('begins after the newest bar that was made of ticks, not after the first', async () => {
  const venue = `t-${randomUUID()}`;
  const t0 = Date.UTC(2026, 2, 3, 10) * 1_000;
  const at = (minutes: number) => t0 + minutes * 60_000_000;
  const key = { venue, symbol: 'AAA-USDT' };
  const tick = (minutes: number) => ({ ts: at(minutes), symbols: { ...key, kind: 'trade' }, doubles: { price: 1 } });
  const bar = (minutes: number, source: string) => ({ ts: at(minutes), symbols: { ...key, source } });
  await appendRows(db.address, 'ticks', [tick(0.5), tick(9.5)]);
  const bounds = async () => {
    await db.applied(['ticks', 'candles_1m']);
    const [row] = await db.rows('candles/closable', { venue, since: new Timestamp(at(-60)) });
    return [row.first_open, row.newest].map((time) => (time.getTime() * 1_000 - t0) / 60_000_000);
  };
  expect(await bounds()).toEqual([0, 9.5]);
  await appendRows(db.address, 'candles_1m', [
    ...[0, 1, 2, 3].map((minutes) => bar(minutes, 'closer')),
    ...[4, 5].map((minutes) => bar(minutes, 'rest')),
  ]);
  expect(await bounds()).toEqual([4, 9.5]);
});
