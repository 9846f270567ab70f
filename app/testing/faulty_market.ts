import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type LocalExchange, startExchange } from '#ingest/venues/blofin/local/server.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';
import { migrate } from '#lib/questdb/migrations.ts';
import { minute } from '#lib/time.ts';
import { type ExpectedBar, expectedBars } from './expected_bars.ts';
import { OwnQuestDb } from './own_questdb.ts';
import type { Account, PipelineOptions } from './pipeline.ts';

export const start0 = Date.UTC(2026, 2, 3, 10);

/**
 * A server of a test file's own, which may be killed, and a simulated market for each of its tests; the file's hooks start
 * and end them.
 */
export function faultyMarkets() {
  let server: OwnQuestDb;
  let exchange: LocalExchange;
  beforeAll(async () => {
    server = await OwnQuestDb.start('faults');
    await migrate(server.db);
  });
  afterEach(() => exchange.close());
  afterAll(() => server.end());
  return {
    get server() {
      return server;
    },
    /** That of the test. */
    get exchange() {
      return exchange;
    },
    /** Symbols of its own, how to ingest them, and what their bars must be. */
    async market(minutes: number, speed: number) {
      const mark = randomUUID().slice(0, 8).toUpperCase();
      const symbols = ['A', 'B', 'C'].map((letter) => `${letter}${mark}-USDT`);
      const made = () => simulateMarket({ symbols, seed: 11, start: start0, historyMinutes: 3, minutes });
      exchange = await startExchange({ market: made(), speed });
      const expected = (await expectedBars(made())).filter((bar) => bar.ts >= start0 * 1_000);
      const { restUrl, wsUrl } = exchange;
      const spool = join(server.dataDir, 'spool', mark);
      const options: PipelineOptions = { questdb: server.address, restUrl, wsUrl, symbols, spool };
      return { symbols, expected, options: { ...options, onSubscribed: () => exchange.play() } };
    },
    /** Waits until so many seconds of the market have passed. */
    async passed(seconds: number) {
      const until = exchange.now() + seconds * 1_000;
      while (exchange.now() < until) await sleep(10);
    },
  };
}

interface Bar extends ExpectedBar {
  [column: string]: unknown;
  complete: boolean;
  source: string;
}

/**
 * Each bar equals that of the undisturbed market, or says that it does not: it is incomplete, or the exchange's own, which
 * has the same prices and volume.
 */
export async function checkBars(server: OwnQuestDb, symbols: string[], expected: ExpectedBar[]) {
  await server.db.applied(['candles_1m', 'gaps', 'ticks']);
  const list = symbols.map((symbol) => `'${symbol}'`).join();
  const bars = await server.db.query<Bar>(
    `select cast(ts as long) ts, symbol, open, high, low, close, volume, buy_volume "buyVolume", trades, quotes, complete, source
     from candles_1m where venue = 'sim' and symbol in (${list}) and ts >= ${start0 * 1_000} order by ts, symbol`,
  );
  const found = new Map(bars.map((bar) => [`${bar.symbol} ${bar.ts}`, bar]));
  const counts = { equal: 0, exchange: 0, incomplete: 0, missing: 0 };
  for (const bar of expected) {
    const own = found.get(`${bar.symbol} ${bar.ts}`);
    if (!own) counts.missing += 1;
    else if (!own.complete) counts.incomplete += 1;
    else {
      const { quotes: _, ...prints } = bar;
      const fromTicks = own.source === 'closer';
      const { buyVolume: _b, trades: _t, ...stated } = prints;
      const wanted = { ...(fromTicks ? prints : stated), volume: expect.closeTo(bar.volume, 9) };
      expect(own).toMatchObject(fromTicks ? { ...wanted, buyVolume: expect.closeTo(bar.buyVolume, 9) } : wanted);
      counts[fromTicks ? 'equal' : 'exchange'] += 1;
    }
  }
  // What is missing or incomplete lies in a gap that the ledger has.
  const gaps = await server.db.query<{
    symbol: string;
    event: string;
    since: number;
    until: number | null;
    how: string | null;
  }>(
    `select symbol, event, cast(since as long) since, cast(until as long) until, how from gaps
     where venue = 'sim' and symbol in (${list}) latest on ts partition by gap_id`,
  );
  for (const bar of expected) {
    const own = found.get(`${bar.symbol} ${bar.ts}`);
    if (own?.complete && own.source === 'closer') continue;
    const touching = gaps.filter(
      ({ symbol, since, until }) =>
        symbol === bar.symbol && since < bar.ts + minute && (until === null || until > bar.ts),
    );
    expect(touching, `${bar.symbol} ${bar.ts} is not whole and in no gap`).not.toEqual([]);
  }
  const states = Object.groupBy(gaps, (gap) => gap.event);
  return {
    ...counts,
    gaps: {
      healed: states.healed?.length ?? 0,
      bounded: states.bounded?.length ?? 0,
      open: states.opened?.length ?? 0,
    },
  };
}

/** received = stored + queued + spooled + rejected + duplicates + lost, stored being QuestDB's own count. */
export function checkAccount(account: Account) {
  const { received, stored, queued, spooled, rejected, duplicates, lost, missing } = account;
  expect(stored + queued + spooled + rejected + duplicates + lost, JSON.stringify(account)).toBe(received);
  expect({ queued, spooled, lost, missing }).toEqual({ queued: 0, spooled: 0, lost: 0, missing: 0 });
}

export const show = (what: string, ...counts: unknown[]) =>
  console.log(what, ...counts.map((each) => JSON.stringify(each)));
