import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { ExchangeCandle } from '#ingest/feed.ts';
import { failedAnswers } from '#ingest/local_exchange/faults.ts';
import { Limiter } from '#ingest/transport/limiter.ts';
import { type LocalExchange, startExchange } from '#ingest/venues/blofin/local/server.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';
import { BlofinRest } from '#ingest/venues/blofin/rest.ts';
import { closeMinutes } from '#jobs/candles/close.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { type Micros, type MinuteRange, minute } from '#lib/time.ts';
import { type BackfillRequest, backfill } from './backfill.ts';

/** 02:00 on 2026-03-05: 50 hours of history are of three UTC days. */
const start = Date.UTC(2026, 2, 5, 2);
const historyMinutes = 50 * 60;
let db: QuestDb;
let exchange: LocalExchange;
let symbols: string[];

beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
beforeEach(async () => {
  // A simulated market's venue is always the same.
  const mark = randomUUID().slice(0, 8).toUpperCase();
  symbols = [`T${mark}A-USDT`, `T${mark}B-USDT`];
  const market = simulateMarket({ symbols, seed: 3, start, historyMinutes });
  exchange = await startExchange({ market, speed: Number.POSITIVE_INFINITY });
});
afterEach(() => exchange.close());
afterAll(() => db.close());

/** The exchange's REST API, with the days that were asked of it; `lost` minutes are not in its answers. */
function access(lost: readonly Micros[] = []) {
  const limiter = new Limiter({ perMinute: 60_000, burst: 1_000 });
  const inner = new BlofinRest({ url: exchange.restUrl, limiter, retries: 0, retryMs: 1 });
  const asked: string[] = [];
  return {
    asked,
    origin: () => inner.origin(),
    newestMinute: (symbol: string) => inner.newestMinute(symbol),
    async *history(query: { symbol: string; from: Micros; to: Micros }): AsyncGenerator<ExchangeCandle[]> {
      asked.push(`${symbols.indexOf(query.symbol)} ${new Date(query.from / 1_000).toISOString().slice(0, 10)}`);
      for await (const page of inner.history(query)) yield page.filter(({ ts }) => !lost.includes(ts));
    },
  };
}

async function run(request: Partial<BackfillRequest> = {}, rest = access()) {
  const closed: MinuteRange[] = [];
  const progress: [number, number][] = [];
  const result = await backfill(
    db,
    rest,
    { symbols, minutes: historyMinutes, ...request },
    (done, total) => progress.push([done, total]),
    async (range) => {
      closed.push(range);
      await closeMinutes(db, { venue: 'sim', symbols: [], ranges: [range] });
    },
  );
  return { result, rest, closed, progress };
}

/** Stored bars by symbol: how many, and the sum of their closes. */
const stored = (table: string) =>
  db.query<{ symbol: string; n: number; closes: number }>(
    `select symbol, count() n, sum(close) closes from ${table} where venue = 'sim'
     and symbol in ('${symbols.join("', '")}') order by symbol`,
  );

/** What the exchange says it has, read without our client. */
async function statedBy(symbol: string) {
  const rows: string[][] = [];
  for (let after = start; ; after = Number(rows.at(-1)![0])) {
    const url = `${exchange.restUrl}/api/v1/market/candles?instId=${symbol}&limit=1440&after=${after}`;
    const { data } = (await (await fetch(url)).json()) as { data: string[][] };
    if (data.length === 0) break;
    rows.push(...data);
  }
  return { symbol, n: rows.length, closes: rows.reduce((sum, row) => sum + Number(row[4]), 0) };
}

const iso = (ms: number) => new Date(ms).toISOString();
const at = (ms: number) => ms * 1_000;

describe('backfill', () => {
  it('brings every minute of every symbol, day by day from the newest, and counts what is stored', async () => {
    const { result, rest, closed, progress } = await run();
    const expected = await Promise.all(symbols.map(statedBy));
    expect(expected.map(({ n }) => n)).toEqual([historyMinutes, historyMinutes]);
    const near = expected.map(({ closes, ...row }) => ({ ...row, closes: expect.closeTo(closes, 4) }));
    expect(await stored('exchange_candles')).toEqual(near);
    // Closed as it went, so that nothing is left for the end.
    expect(await stored('candles_1m')).toEqual(near);
    const first = start - historyMinutes * 60_000;
    expect(closed).toEqual([
      { from: at(Date.UTC(2026, 2, 5)), to: at(start) },
      { from: at(Date.UTC(2026, 2, 4)), to: at(Date.UTC(2026, 2, 5)) },
      { from: at(first), to: at(Date.UTC(2026, 2, 4)) },
    ]);
    expect(rest.asked.map((asked) => asked.slice(-5))).toEqual(['03-05', '03-05', '03-04', '03-04', '03-03', '03-03']);
    const span = { days: 3, fetched: 3, candles: historyMinutes, from: iso(first), to: iso(start - 60_000) };
    expect(result).toEqual({
      candles: 2 * historyMinutes,
      range: { from: at(first), to: at(start) },
      symbols: symbols.map((symbol) => ({ symbol, ...span, missing: [] })),
      skipped: [],
    });
    expect(progress.at(-1)).toEqual([6, 6]);
    expect(progress.map(([done]) => done)).toEqual(progress.map(([done]) => done).sort((a, b) => a - b));
  });

  it('goes on where it was cut off', async () => {
    const rest = access();
    const cut = new Error('cut off');
    let days = 0;
    const minutes = historyMinutes;
    await expect(
      backfill(db, rest, { symbols, minutes }, undefined, async () => {
        if (++days === 2) throw cut;
      }),
    ).rejects.toBe(cut);
    expect(await stored('candles_1m')).toEqual([]);
    const { result, rest: second } = await run();
    expect(second.asked).toEqual(['0 2026-03-03', '1 2026-03-03']);
    expect(result.symbols).toMatchObject(symbols.map(() => ({ fetched: 1, candles: historyMinutes, missing: [] })));
    // The days that were fetched before and not closed are closed now.
    expect((await stored('candles_1m')).map(({ n }) => n)).toEqual([historyMinutes, historyMinutes]);
  });

  it('asks for nothing that is there, unless told to', async () => {
    await run();
    const { result, rest } = await run();
    expect(rest.asked).toEqual([]);
    expect(result).toMatchObject({ candles: 0, range: { from: expect.any(Number) } });
    expect(result.symbols).toMatchObject(symbols.map(() => ({ fetched: 0, candles: historyMinutes })));
    const { rest: again } = await run({ again: true });
    expect(again.asked).toHaveLength(6);
  });

  it('tells which minutes the exchange did not give, and asks for their days once more next time', async () => {
    const lost = [at(Date.UTC(2026, 2, 4, 7)), at(Date.UTC(2026, 2, 4, 7, 1)), at(Date.UTC(2026, 2, 3, 23, 59))];
    const { result } = await run({}, access(lost));
    for (const { candles, missing } of result.symbols) {
      expect(candles).toBe(historyMinutes - 3);
      expect(missing).toEqual([
        { day: '2026-03-04', minutes: 2 },
        { day: '2026-03-03', minutes: 1 },
      ]);
    }
    const { rest, result: mended } = await run();
    expect(rest.asked.map((asked) => asked.slice(-5))).toEqual(['03-04', '03-04', '03-03', '03-03']);
    expect(mended.symbols).toMatchObject(symbols.map(() => ({ candles: historyMinutes, missing: [] })));
  });

  it('does not take the time before a symbol was listed for missing, nor ask on and on for it', async () => {
    const { result, rest } = await run({ minutes: 30 * 1_440 });
    const first = iso(start - historyMinutes * 60_000);
    expect(result.symbols).toMatchObject(symbols.map(() => ({ days: 3, from: first, missing: [] })));
    // One day without anything, and a look whether there is any before.
    expect(rest.asked.filter((asked) => asked.startsWith('0'))).toEqual([
      ...['0 2026-03-05', '0 2026-03-04', '0 2026-03-03', '0 2026-03-02', '0 1970-01-01'],
    ]);
  });

  it('does not take an empty day for the beginning of history', async () => {
    const from = Date.UTC(2026, 2, 4);
    const lost = Array.from({ length: 1_440 }, (_, i) => at(from) + i * minute);
    const { result } = await run({ symbols: [symbols[0]] }, access(lost));
    expect(result.symbols).toMatchObject([
      { candles: historyMinutes - 1_440, missing: [{ day: '2026-03-04', minutes: 1_440 }] },
    ]);
  });

  it('reports a symbol that fails and goes on with the others; nothing at all is an error', async () => {
    const { result } = await run({ symbols: ['NONE-USDT', symbols[0]] });
    expect(result.symbols).toMatchObject([{ symbol: symbols[0], candles: historyMinutes }]);
    expect(result.skipped).toEqual([{ symbol: 'NONE-USDT', reason: expect.stringMatching(/does not list NONE-USDT/) }]);
    await expect(run({ symbols: ['NONE-USDT'] })).rejects.toThrow(/No history could be fetched: NONE-USDT/);
  });

  it('keeps the days of a symbol that fails later on', async () => {
    const rest = access();
    const history = rest.history.bind(rest);
    rest.history = (query) => {
      if (query.from < at(Date.UTC(2026, 2, 4))) exchange.faults.failRest(1, failedAnswers.parameterError);
      return history(query);
    };
    const { result } = await run({ symbols: [symbols[0]] }, rest);
    expect(result.skipped).toMatchObject([{ symbol: symbols[0], reason: expect.stringContaining('152002') }]);
    expect(await stored('candles_1m')).toMatchObject([{ n: (start - Date.UTC(2026, 2, 4)) / 60_000 }]);
  });
});
