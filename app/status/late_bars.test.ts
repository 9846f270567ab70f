import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { warmupBars } from '#features/catalogue.ts';
import { ownVenue, storeBars } from '#features/testing/stored_market.ts';
import { walk } from '#features/testing/walk.ts';
import { fillNewFeatures } from '#jobs/features/fill_new.ts';
import { type ActiveMarket, beat, writeMarket } from '#jobs/live_state.ts';
import { configSchema } from '#lib/config.ts';
import { appendRows } from '#lib/questdb/append.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { openRedis } from '#lib/redis.ts';
import { readStatus } from './status.ts';

const venue = ownVenue();
const market: ActiveMarket = { venue, symbols: ['A-USDT', 'B-USDT', 'NEW-USDT'], clock: 'wall', allowSimulated: false };
const queues = { redis: inject('redis'), prefix: `t-${randomUUID()}` };
/** Of the newest bar, which closed six and a half minutes ago. */
const knownAt = Date.now() - 390_000;
const newest = Math.floor((knownAt - 60_000) / 60_000) * 60_000;
let db: QuestDb;
let redis: Redis;

/** Bars of a symbol up to `last`, which became known at their ends. */
async function bars(symbol: string, count: number, last = newest, known?: number): Promise<void> {
  const made = walk(count, symbol.length, last - (count - 1) * 60_000);
  await storeBars(
    db,
    made.map((bar) => ({ ...bar, venue, symbol })),
    known,
  );
}

async function modelMade(model: string, created: number): Promise<void> {
  const symbols = { model, timeframe: '1m', venue, engine: 'forest', set_hash: 'h' };
  const strings = { run_id: `${venue}-${model}`, artifact: 'none' };
  const booleans = { simulated: false, shuffled: false, constant: false };
  const row = { ts: newest * 1_000, symbols, strings, longs: { horizon: 5 }, booleans };
  await appendRows(db.address, 'model_runs', [{ ...row, timestamps: { created_at: created * 1_000 } }]);
  await db.applied(['model_runs']);
}

async function signalMade(model: string, symbol: string, ts: number): Promise<void> {
  const row = { ts: ts * 1_000, symbols: { venue, symbol, timeframe: '1m', model }, longs: { horizon: 5 } };
  await appendRows(db.address, 'signals', [{ ...row, strings: { run_id: `${venue}-${model}` } }]);
  await db.applied(['signals']);
}

const late = async () => {
  const { problems } = await readStatus({ db, redis, queues, config: configSchema.parse({}) });
  return problems.filter(({ what }) => what.startsWith('the bar')).map(({ part, what }) => `${part}: ${what}`);
};

beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  redis = openRedis(inject('redis'));
  await writeMarket(redis, queues.prefix, market);
});
afterAll(async () => {
  redis.disconnect();
  await db.close();
});

describe('a closed bar in status', () => {
  const bar = new Date(newest).toISOString().slice(0, 16);

  it('may lack features and signals where it has no warm-up, is not followed, or no worker is there', async () => {
    await bars('NEW-USDT', warmupBars());
    await bars('ELSE-USDT', warmupBars() + 1);
    await beat(redis, queues.prefix);
    expect(await late()).toEqual([]);
    await bars('A-USDT', warmupBars() + 1);
    await redis.del(`${queues.prefix}:heartbeat`);
    expect(await late()).toEqual([]);
    await beat(redis, queues.prefix);
  });

  it('is a problem when it was known for long and has no features', async () => {
    await bars('B-USDT', warmupBars() + 1);
    expect(await late()).toEqual([
      expect.stringMatching(
        new RegExp(
          `^worker: the bar ${bar} of A-USDT, B-USDT was closed \\d+ s ago \\(limit 300 s\\) and has no features`,
        ),
      ),
    ]);
    await fillNewFeatures(db, venue);
    expect(await late()).toEqual([]);
  });

  it('is a problem when a model has no signal of it, unless that was trained later', async () => {
    await modelMade('risk_scorer', knownAt - 3_600_000);
    await modelMade('price_predictor', Date.now());
    await signalMade('risk_scorer', 'A-USDT', newest);
    // One of the bar before is none of this.
    await signalMade('risk_scorer', 'B-USDT', newest - 60_000);
    expect(await late()).toEqual([
      expect.stringMatching(
        new RegExp(
          `^worker: the bar ${bar} of B-USDT was closed .* and has no signal of risk_scorer \\(5 bars\\): .*jobs of predict`,
        ),
      ),
    ]);
    await signalMade('risk_scorer', 'B-USDT', newest);
    expect(await late()).toEqual([]);
  });

  it('has time for both: one that has just become known is none', async () => {
    await bars('A-USDT', 1, newest + 60_000, Date.now());
    expect(await late()).toEqual([]);
  });
});
