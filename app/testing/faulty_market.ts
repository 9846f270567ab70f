import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'vitest';
import { startExchange } from '#ingest/venues/blofin/local/server.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';
import { minute } from '#lib/time.ts';
import { type ExpectedBar, expectedBars } from './expected_bars.ts';
import type { OwnQuestDb } from './own_questdb.ts';
import type { Account, PipelineOptions } from './pipeline.ts';

export const start0 = Date.UTC(2026, 2, 3, 10);

/** A simulated market of symbols of its own, and what its bars must be. Whoever asks for it closes the exchange. */
export async function marketOf(server: OwnQuestDb, minutes: number, speed: number) {
  const mark = randomUUID().slice(0, 8).toUpperCase();
  const symbols = ['A', 'B', 'C'].map((letter) => `${letter}${mark}-USDT`);
  const made = () => simulateMarket({ symbols, seed: 11, start: start0, historyMinutes: 3, minutes });
  const exchange = await startExchange({ market: made(), speed });
  const expected = (await expectedBars(made())).filter((bar) => bar.ts >= start0 * 1_000);
  const { restUrl, wsUrl } = exchange;
  const options: PipelineOptions = {
    questdb: server.address,
    restUrl,
    wsUrl,
    symbols,
    spool: join(server.dataDir, 'spool', mark),
  };
  return { exchange, symbols, expected, options: { ...options, onSubscribed: () => exchange.play() } };
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
