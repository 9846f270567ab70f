import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { accountOf } from '#app/live/account.ts';
import type { Feed, Tick } from '#ingest/feed.ts';
import { GapLedger } from '#ingest/gaps/ledger.ts';
import { emptySummary, ingest } from '#ingest/session/ingest.ts';
import { Audit } from '#ingest/store/audit.ts';
import { TickWriter } from '#ingest/store/writer.ts';
import type { ActiveMarket, FeedState } from '#jobs/live_state.ts';
import { configSchema } from '#lib/config.ts';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { accountStatus } from './account_status.ts';
import { symbolsStatus } from './symbols_status.ts';

const t0 = Date.UTC(2026, 2, 3, 10) * 1_000;
const second = 1_000_000;
const directory = mkdtempSync(join(tmpdir(), 'tickforest-status-'));
const venue = `t-${randomUUID()}`;
const symbols = ['A-USDT', 'B-USDT', 'C-USDT'];
const market: ActiveMarket = { venue, symbols, clock: 'market', allowSimulated: false };
let db: QuestDb;

beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterAll(async () => {
  await db.close();
  rmSync(directory, { recursive: true, force: true });
});

const pulse = (newest: number, more: object = {}) => ({
  ...{ newest, trade: newest, quote: newest, lag_ms: 12, rate: 1.5, trades_quiet_seconds: 150, ...more },
});

function feedOf(more: Partial<FeedState>): FeedState {
  return { venue, symbols: {}, ...more } as FeedState;
}

function tick(n: number): Tick {
  const none = { bid: null, ask: null, bidSize: null, askSize: null, volume24h: null, high24h: null, low24h: null };
  const key = { venue, symbol: 'A-USDT', source: 'ws', kind: 'trade', ts: t0 + n, eventId: String(n) } as const;
  return { ...key, price: 1, size: 1, side: 'buy', ...none, receivedAt: t0 + 5, seq: n };
}

describe('symbolsStatus', () => {
  it('tells each symbol’s age on the market’s clock, and its gaps by their state', async () => {
    const ledger = await GapLedger.start(db, venue, symbols);
    await ledger.saw('A-USDT', t0);
    await ledger.saw('B-USDT', t0);
    await ledger.saw('A-USDT', t0 + 20 * second);
    ledger.lost(['A-USDT', 'B-USDT'], 'cut');
    await ledger.saw('A-USDT', t0 + 30 * second);
    await ledger.flush();
    await db.applied(['gaps']);
    const feed = feedOf({ symbols: { 'A-USDT': pulse(t0 + 200 * second), 'B-USDT': pulse(t0 + 20 * second) } });
    const config = configSchema.parse({ ingest: { staleSeconds: 120 } });
    const [a, b, c] = await symbolsStatus(db, market, feed, config);
    expect(a).toMatchObject({ symbol: 'A-USDT', tick_age_seconds: 0, lag_ms: 12, rate_per_second: 1.5, stale: false });
    expect(a.gaps).toEqual({ open: 0, unhealed: 1, healed: 0 });
    expect(b).toMatchObject({ tick_age_seconds: 180, stale: true, gaps: { open: 1, unhealed: 0, healed: 0 } });
    expect(c).toMatchObject({ tick_age_seconds: null, rate_per_second: null, stale: true });
    const of = async (more: object) => {
      const [one] = await symbolsStatus(db, market, feedOf({ symbols: { 'A-USDT': pulse(t0, more) } }), config);
      return [one.stale, one.stopped];
    };
    expect(await of({ trade: t0 - 149 * second })).toEqual([false, null]);
    expect(await of({ trade: t0 - 151 * second })).toEqual([false, 'trades']);
    expect(await of({ trade: null })).toEqual([false, null]);
    expect(await of({ quote: t0 - 121 * second })).toEqual([false, 'quotes']);
    expect(await of({ quote: null })).toEqual([false, 'quotes']);
  });
});

describe('accountStatus', () => {
  const options = () => ({
    ...{ flushMs: 10, batchRows: 100, queueRows: 10_000 },
    spool: { directory: join(directory, randomUUID()), maxBytes: 1e9, sync: false },
  });
  const events = Array.from({ length: 20 }, (_, n) => ({ type: 'tick', tick: tick(1_000 + n) }) as const);
  const counters = { frames: 20, received: 20, ticks: 20, duplicates: 0, reused: 0, rejected: 0, reconnects: 0 };

  it('does not add up where a tick gets lost on its way', async () => {
    const own = `t-${randomUUID()}`;
    const writer = await TickWriter.connect(db.address, options(), silent);
    const audit = new Audit(db, own);
    writer.onAcknowledged = (ticks, span) => audit.acknowledged(ticks, span);
    const summary = emptySummary();
    const feed: Feed = {
      async *[Symbol.asyncIterator]() {
        for (const { type, tick: each } of events) yield { type, tick: { ...each, venue: own } };
      },
      close: async () => {},
      counters,
    };
    // The planted fault: a row that the session has taken never comes to the writer.
    const write = writer.write.bind(writer);
    let written = 0;
    writer.write = (each) => (++written === 7 ? undefined : write(each));
    await ingest({ db, feed, writer, venue: own, symbols: ['A-USDT'], log: silent, close: async () => {}, summary });
    await writer.close();
    const account = accountOf({ feed, summary, writer, audit, healed: 0 });
    expect(await accountStatus(db, feedOf({ venue: own, account }))).toMatchObject({
      ...{ received: 20, stored: 19, queued: 0, spooled: 0, unaccounted: 1 },
    });
  });

  it('adds up while QuestDB is being asked, before that and after', async () => {
    const own = `t-${randomUUID()}`;
    const writer = await TickWriter.connect(db.address, options(), silent);
    const { promise: asked, resolve: answer } = Promise.withResolvers<void>();
    const slow = { preparedRows: db.preparedRows.bind(db), applied: () => asked } as unknown as QuestDb;
    const audit = new Audit(slow, own);
    writer.onAcknowledged = (ticks, span) => audit.acknowledged(ticks, span);
    const status = () => {
      const account = accountOf({ feed: { counters }, summary: emptySummary(), writer, audit, healed: 0 });
      return accountStatus(db, feedOf({ venue: own, account }));
    };
    for (const { tick: each } of events) await writer.write({ ...each, venue: own });
    expect(await status()).toMatchObject({ received: 20, unaccounted: 0 });
    await writer.flush();
    const counting = audit.count();
    expect(audit.state).toMatchObject({ counted: 0, counting: { ticks: 20 }, since: null });
    expect(await status()).toMatchObject({ stored: 20, queued: 0, unaccounted: 0 });
    answer();
    await counting;
    expect(audit.state).toMatchObject({ counted: 20, counting: null });
    expect(await status()).toMatchObject({ stored: 20, unaccounted: 0 });
    await writer.close();
  });

  it('counts in QuestDB what is acknowledged, and finds a row that is not there', async () => {
    const sizes = { flushMs: 10, batchRows: 100, queueRows: 10_000 };
    const spool = { directory, maxBytes: 1e9, sync: false };
    const writer = await TickWriter.connect(db.address, { ...sizes, spool }, silent);
    const audit = new Audit(db, venue);
    writer.onAcknowledged = (ticks, span) => audit.acknowledged(ticks, span);
    const account = () => {
      const { received, acknowledged, queued, spooled, lost } = writer.counters;
      // Two more were refused and three known.
      const feed = { received: received + 5, acknowledged, queued, spooled, lost, rejected: 2, duplicates: 3 };
      return accountStatus(db, feedOf({ account: { ...feed, audit: audit.state } }));
    };
    for (let n = 0; n < 250; n++) await writer.write(tick(n));
    await writer.flush();
    expect(await account()).toMatchObject({ received: 255, stored: 250, rejected: 2, duplicates: 3, unaccounted: 0 });
    await audit.count();
    for (let n = 250; n < 300; n++) await writer.write(tick(n));
    await writer.flush();
    expect(await account()).toMatchObject({ received: 305, stored: 300, queued: 0, spooled: 0, unaccounted: 0 });
    // The same event again, received later, takes the place of the first: QuestDB has one row of the two.
    await audit.count();
    await writer.write({ ...tick(299), receivedAt: t0 + 9 });
    await writer.write({ ...tick(299), receivedAt: t0 + 10 });
    await writer.close();
    expect(await account()).toMatchObject({ received: 307, stored: 301, unaccounted: 1 });
  });
});
