import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ownVenue, storeBars } from '#features/testing/stored_market.ts';
import { walk } from '#features/testing/walk.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { minute } from '#lib/time.ts';
import { chooseSymbols } from './choose_symbols.ts';
import { prepareWindow } from './window.ts';

const start = Date.UTC(2026, 2, 2);
const at = (bar: number) => new Date(start + bar * 60_000).toISOString().slice(0, 16);

/** Bars `from` … `until − 1` of the market's time, by symbol. The first in the alphabet has the largest turnover. */
type Market = Record<string, [from: number, until: number][]>;

describe('the symbols of a window', () => {
  let db: QuestDb;
  beforeAll(() => {
    db = new QuestDb(inject('questdb'));
  });
  afterAll(() => db.close());

  async function store(market: Market): Promise<string> {
    const venue = ownVenue();
    for (const [rank, symbol] of Object.keys(market).toSorted().entries()) {
      const ends = market[symbol];
      const bars = walk(ends.at(-1)![1], rank + 1, start).map((bar) => ({
        ...bar,
        venue,
        symbol,
        volume: 10 ** (6 - rank),
      }));
      await storeBars(
        db,
        ends.flatMap(([from, until]) => bars.slice(from, until)),
      );
    }
    return venue;
  }
  const choose = async (market: Market, symbols: number | string[], bars = 500) =>
    chooseSymbols(db, { venue: await store(market), timeframe: '1m', horizon: 5, bars, symbols });
  const why = (skipped: { symbol: string; reason: string }[]) =>
    Object.fromEntries(skipped.map(({ symbol, reason }) => [symbol, reason]));

  it('are those that reach the end of the market, not the one of largest turnover that ended days before', async () => {
    const { symbols, skipped } = await choose({ A: [[0, 1_400]], B: [[0, 3_000]] }, 2);
    expect(symbols).toEqual(['B']);
    expect(why(skipped).A).toMatch(`its candles end at ${at(1_399)}Z`);
  });

  it('leave out a young one, with the bars that it has and lacks', async () => {
    const { symbols, skipped } = await choose({ A: [[800, 1_500]], B: [[0, 1_500]] }, 2);
    expect(symbols).toEqual(['B']);
    // 700 bars less a warm-up of 400 and a horizon of 5.
    expect(why(skipped).A).toBe(
      `295 of its bars from ${at(800)}Z to ${at(1_499)}Z are usable and 500 are wanted, for the first 400 of each unbroken run warm up and the last 5 have no label`,
    );
  });

  it('keep one that is a few bars late, and pass over nobody for one that runs ahead of all', async () => {
    const { symbols, skipped } = await choose(
      { A: [[0, 4_000]], B: [[0, 1_500]], C: [[0, 1_480]], D: [[0, 1_500]] },
      4,
    );
    expect(symbols).toEqual(['A', 'B', 'C', 'D']);
    expect(skipped).toEqual([]);
  });

  it('are not told by a short spell long after the rest', async () => {
    const spell = 30_000;
    const { symbols, skipped } = await choose(
      {
        A: [
          [0, 1_500],
          [spell, spell + 12],
        ],
        B: [[0, 1_500]],
      },
      2,
    );
    expect(symbols).toEqual(['A', 'B']);
    expect(skipped).toEqual([]);
  });

  it('leave out one whose holes would pull the window back, however many bars it has', async () => {
    const holes: [number, number][] = [
      [0, 2_000],
      [5_000, 5_700],
    ];
    const { symbols, skipped } = await choose({ A: holes, B: [[0, 5_700]], C: [[0, 5_700]] }, 3);
    expect(symbols).toEqual(['B', 'C']);
    expect(why(skipped).A).toMatch(/because of its holes the window would begin at/);
  });

  it('leave out one that has no bars in common with those before it', async () => {
    const { symbols, skipped } = await choose(
      {
        A: [[1_000, 2_000]],
        B: [
          [0, 980],
          [1_900, 2_000],
        ],
        C: [[0, 2_000]],
      },
      3,
    );
    expect(symbols).toEqual(['A', 'C']);
    expect(why(skipped).B).toMatch(/usable/);
  });

  it('take the next ones in their place, and say nothing of those below', async () => {
    const market: Market = { A: [[0, 1_000]], B: [[0, 1_500]], C: [[0, 1_500]], D: [[1_400, 1_500]] };
    const { symbols, skipped } = await choose(market, 2);
    expect(symbols).toEqual(['B', 'C']);
    expect(skipped.map(({ symbol }) => symbol)).toEqual(['A']);
  });

  it('that were named are taken as they are, and the window is what they share', async () => {
    const venue = await store({ A: [[0, 1_400]], B: [[0, 2_000]], C: [[1_500, 2_000]] });
    const request = { venue, configured: [], timeframe: '1m', horizon: 5, bars: 500 } as const;
    const { window, newest } = await prepareWindow(db, { ...request, symbols: ['B', 'A'] });
    // In the order of their names on the command line, which is part of a run's identity.
    expect(window.symbols).toEqual(['B', 'A']);
    expect([window.to, newest].map((ts) => (ts / 1000 - start) / 60_000)).toEqual([1_394, 1_999]);
    expect((window.to - window.from) / minute).toBe(499);
    await expect(prepareWindow(db, { ...request, symbols: ['B', 'C'] })).rejects.toThrow(
      /missing for C \(95 of its bars from .* usable and 500 are wanted, .*\)\.$/,
    );
    await expect(prepareWindow(db, { ...request, symbols: ['B', 'C'] })).rejects.toMatchObject({
      remedy: expect.stringMatching(
        /^Fetch them: \.\/tickforest import candles-csv --venue t-\S+ FILES, of 2 days or more; or use other/,
      ),
    });
    await expect(prepareWindow(db, { ...request, symbols: ['B', 'Z'] })).rejects.toThrow(
      /missing for Z \(it has no candles\)/,
    );
    const counted = await prepareWindow(db, { ...request, symbols: 3 });
    expect(counted.window.symbols).toEqual(['B']);
    expect(why(counted.skipped)).toEqual({
      A: expect.stringContaining(at(1_399)),
      C: expect.stringContaining('95 of its bars'),
    });
  });
});
