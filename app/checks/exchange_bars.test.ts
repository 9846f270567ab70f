import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { ExchangeCandle } from '#ingest/feed.ts';
import { appendRows } from '#lib/questdb/append.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { minute } from '#lib/time.ts';
import { checkExchangeBars } from './exchange_bars.ts';
import { begin } from './finding.ts';

const now = Date.UTC(2026, 2, 3, 10, 30) * 1_000;
const symbol = 'AAA-USDT';
const venue = `t-${randomUUID()}`;
const scope = { venue, symbols: [symbol], from: now - 600 * minute, to: now };
let db: QuestDb;

beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  const bar = (ago: number, volume: number, complete = true, trades = 3) => ({
    ...{ ts: now - ago * minute, symbols: { venue, symbol, source: 'closer' }, booleans: { complete } },
    ...{ doubles: { open: 1, high: 1, low: 1, close: 1, volume }, longs: { trades, quotes: 0 } },
  });
  // The newest is too young; a flat one of a stream that has stopped; one that does not claim to be whole.
  const bars = [bar(1, 9), bar(3, 5), bar(4, 0, true, 0), bar(5, 9, false), bar(6, 7), bar(7, 7), bar(8, 9)];
  await appendRows(db.address, 'candles_1m', bars);
  await db.applied(['candles_1m']);
});
afterAll(() => db.close());

const exchange = (volumes: { [ago: number]: number }) => ({
  origin: async () => ({ venue, kind: 'live' as const }),
  async *history({ from, to }: { from: number; to: number }): AsyncGenerator<ExchangeCandle[]> {
    const rest = { venue, symbol, source: 'rest', quoteVolume: null, buyVolume: null, trades: null } as const;
    const all = Object.entries(volumes).map(([ago, volume]) => ({ ts: now - Number(ago) * minute, volume }));
    const own = all.filter(({ ts }) => ts >= from && ts < to);
    yield own.map((each) => ({ ...rest, ...each, open: 1, high: 1, low: 1, close: 1 }));
  },
});

async function check(rest: Parameters<typeof checkExchangeBars>[1], at = now) {
  const checked = begin(scope);
  await checkExchangeBars(db, rest, scope, checked, at);
  return checked;
}

it('finds a flat bar that says it is complete where the exchange had trades, and says how many it compared', async () => {
  const { looked, findings, notes } = await check(exchange({ 3: 5.000001, 4: 12, 5: 1, 6: 7, 7: 7 }));
  expect(looked).toEqual({ 'bars against the exchange, asked now': 4 });
  expect(findings.map(({ detail }) => detail)).toEqual(['volume 0, exchange 12']);
  expect(notes).toEqual([]);
});

it('says what it could not compare', async () => {
  expect((await check(exchange({ 3: 5, 6: 7 }))).notes).toEqual(['the exchange has 2 of 4 sampled bars of AAA-USDT']);
  expect((await check(undefined)).notes[0]).toMatch(/could not be asked: no exchange shows the market of t-/);
  const away = { ...exchange({}), origin: () => Promise.reject(new Error('connect ECONNREFUSED')) };
  expect((await check(away)).notes).toEqual(['the exchange could not be asked: connect ECONNREFUSED']);
  expect((await check(exchange({}), now + 1_440 * minute)).notes[0]).toMatch(/no complete bars of the last hour/);
});
