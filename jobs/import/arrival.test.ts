import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { binanceTicks } from '#ingest/archives/binance_ticks.ts';
import { recordedFrames } from '#ingest/archives/frames.ts';
import { mappedTicks, tickTarget } from '#ingest/archives/mapped_ticks.ts';
import { parseMapping } from '#ingest/archives/mapping.ts';
import { silent } from '#lib/log.ts';
import { Imports } from './fixtures/imports.ts';

let imports: Imports;
beforeEach(() => {
  imports = new Imports(inject('questdb'), inject('redis'));
});
afterEach(() => imports.end());

/** Milliseconds. */
const t0 = Date.UTC(2026, 3, 6);
const at = (minute: number) => new Date(t0 + minute * 60_000);
/** Ids that are spread over the alphabet, unlike the order of arrival. */
const uuid = (n: number) => `${((n * 2_654_435_761) >>> 0).toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;

async function csv(lines: string[], { map = '', name = 'AAA-USDT.csv', whole = false } = {}) {
  const path = imports.file(name, lines.join('\n'));
  const mapping = map === '' ? new Map() : parseMapping(map, tickTarget);
  return { ...(await mappedTicks(path, { venue: imports.venue, mapping, time: {} })), whole };
}

const bars = (columns = 'ts, open, close, trades, complete', where = '') =>
  imports.rows(columns, `${where} order by symbol, ts`, 'candles_1m');

const gaps = async () => {
  const rows = await imports.rows<{ event: string; cause: string }>(
    'symbol, since, until, cause, event',
    'latest on ts partition by gap_id',
    'gaps',
  );
  return rows.filter(({ event }) => event !== 'healed').map(({ event: _, ...gap }) => gap);
};
const inner = async () => (await gaps()).filter(({ cause }) => cause !== 'edge of file');

describe('trades of one time', () => {
  /** Eight a minute, all of one second, in the order of arrival. */
  const rows = [0, 1, 2].flatMap((m) =>
    Array.from({ length: 8 }, (_, i) => ({ ts: t0 / 1000 + 60 * m + 30, price: 100 + 10 * m + i })),
  );
  const expected = [0, 1, 2].map((m) => ({
    ...{ ts: at(m), open: 100 + 10 * m, close: 107 + 10 * m, trades: 8, complete: m === 1 },
  }));

  it('count in the order of the file where they have no ids', async () => {
    await imports.run([await csv(['ts,price,size', ...rows.map(({ ts, price }) => `${ts},${price},1`)])]);
    expect(await bars()).toEqual(expected);
  });

  it('and where they have ids that say nothing', async () => {
    const lines = rows.map(({ ts, price }, i) => `${ts},${price},1,${uuid(i)}`);
    await imports.run([await csv(['ts,price,size,event_id', ...lines])]);
    expect(await bars()).toEqual(expected);
  });

  it('and from the end where the file begins with its newest row', async () => {
    const lines = rows.map(({ ts, price }, i) => `${ts},${price},1,${uuid(i)}`);
    await imports.run([await csv(['ts,price,size,event_id', ...lines.reverse()])], { partBytes: 300 });
    expect(await bars()).toEqual(expected);
  });

  it('and in the order of their ids where these count, whatever the order of the file', async () => {
    const lines = rows.map(({ ts, price }, i) => `${ts},${price},1,${9_990 + i}`);
    const shuffled = lines.map((line, i) => ({ line, key: (i * 7_919) % 24 })).sort((a, b) => a.key - b.key);
    await imports.run([await csv(['ts,price,size,event_id', ...shuffled.map(({ line }) => line)])]);
    expect(await bars()).toEqual(expected);
  });

  it('of quotes too, which make the bars where nothing was traded', async () => {
    const lines = rows.map(({ ts, price }) => `${ts},${price},${price - 1},${price + 1}`);
    await imports.run([await csv(['ts,price,bid,ask', ...lines])]);
    expect(await bars('ts, open, close, quotes')).toEqual(
      expected.map(({ ts, open, close }) => ({ ts, open, close, quotes: 8 })),
    );
  });
});

describe('taker sides', () => {
  it('are unknown where no trade of a minute has one, and of those that have one elsewhere', async () => {
    const line = (minute: number, side: string, size: number) => `${t0 / 1000 + 60 * minute + 1},5,${size},${side}`;
    const lines = [
      line(0, '', 1),
      line(0, '', 2),
      line(1, 'buy', 1),
      line(1, 'sell', 3),
      line(1, '', 6),
      line(2, 'sell', 1),
    ];
    await imports.run([await csv(['ts,price,size,side', ...lines])]);
    expect(await bars('volume, buy_volume, sided_volume, trades, sided_trades')).toEqual([
      { volume: 3, buy_volume: null, sided_volume: null, trades: 2, sided_trades: 0 },
      { volume: 10, buy_volume: 1, sided_volume: 4, trades: 3, sided_trades: 2 },
      { volume: 1, buy_volume: 0, sided_volume: 1, trades: 1, sided_trades: 1 },
    ]);
  });
});

/** Trades every five seconds, their ids from `from` on. */
const counted = (from: number, seconds: readonly number[], price = 40_000) =>
  seconds.map((second, i) => `${from + i},${price + i},0.01,1,2,${t0 + second * 1000},false`);
const every5 = (from: number, to: number) => Array.from({ length: (to - from) / 5 }, (_, i) => from + 5 * i);

describe('what lies between two trades', () => {
  const header = 'agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker';
  const agg = (lines: string[], day = '2026-04-06') =>
    binanceTicks(
      imports.file(`BTCUSDT-aggTrades-${day}.csv`, [header, ...lines].join('\n')),
      'aggTrades',
      imports.venue,
    );

  it('is a gap where the ids jump, and quiet where they go on', async () => {
    const lines = [
      ...counted(1_000, every5(0, 300)),
      ...counted(1_060, every5(600, 660)),
      ...counted(9_000, every5(900, 960)),
    ];
    const result = await imports.run([await agg(lines)]);
    expect(result.coverage).toMatchObject([{ ids: 'count', gaps: 1, missing_trades: 9_000 - 1_072, gap_minutes: 6 }]);
    const shown = await bars('ts, trades, volume, complete');
    expect(shown.map(({ ts, ...bar }) => [(+(ts as Date) - t0) / 60_000, bar.trades, bar.complete])).toEqual([
      ...[
        [0, 12, false],
        [1, 12, true],
        [2, 12, true],
        [3, 12, true],
        [4, 12, true],
      ],
      // Nobody traded for five minutes.
      ...[5, 6, 7, 8, 9].map((minute) => [minute, 0, true]),
      ...[
        [10, 12, false],
        [15, 12, false],
      ],
    ]);
    expect(await inner()).toEqual([
      { symbol: 'BTC-USDT', since: new Date(t0 + 655_000), until: new Date(t0 + 900_000), cause: 'missing ids' },
    ]);
  });

  it('is quiet between two files of one import whose ids go on', async () => {
    await imports.run([await agg(counted(21, every5(700, 800))), await agg(counted(1, every5(0, 100)))]);
    expect(await inner()).toEqual([]);
    const shown = await bars();
    expect(shown.map(({ ts }) => +(ts as Date))).toEqual(Array.from({ length: 14 }, (_, minute) => +at(minute)));
    expect(shown.map(({ complete }) => complete)).toEqual(shown.map((_, i) => i > 0 && i < 13));
  });

  it('is known once the file between is in, in any order, also from one day to the next', async () => {
    const [one, two, three] = [
      counted(1, every5(0, 170)),
      counted(35, every5(170, 300)),
      counted(61, every5(700, 800)),
    ];
    await imports.run([await agg(three)]);
    await imports.run([await agg(one)]);
    expect(await inner()).toHaveLength(1);
    expect((await bars()).map(({ ts }) => (+(ts as Date) - t0) / 60_000)).toEqual([0, 1, 2, 11, 12, 13]);
    await imports.run([await agg(two)]);
    expect(await inner()).toEqual([]);
    const shown = await bars();
    expect(shown.map(({ ts }) => +(ts as Date))).toEqual(Array.from({ length: 14 }, (_, minute) => +at(minute)));
    expect(shown.map(({ complete }) => complete)).toEqual(shown.map((_, i) => i > 0 && i < 13));
    expect(shown.filter(({ trades }) => trades === 0).length).toBe(6);
  });

  it('is a gap where nothing proves that it was quiet, and the minutes beside it are partial', async () => {
    const line = (minute: number, price: number) => `${t0 / 1000 + 60 * minute + 30},${price},5`;
    const lines = [0, 1, 2, 3, 7, 8, 9].map((minute) => line(minute, 10 + minute));
    const result = await imports.run([await csv(['ts,price,size', ...lines])]);
    expect(result.coverage).toMatchObject([{ ids: 'none', gaps: 1, missing_trades: null, gap_minutes: 5 }]);
    expect((await bars()).map(({ ts, complete }) => [(+(ts as Date) - t0) / 60_000, complete])).toEqual([
      ...[
        [0, false],
        [1, true],
        [2, true],
        [3, false],
        [7, false],
        [8, true],
        [9, false],
      ],
    ]);
    expect(await inner()).toEqual([
      { symbol: 'AAA-USDT', since: new Date(t0 + 210_000), until: new Date(t0 + 450_000), cause: 'missed minute' },
    ]);
  });

  it('is quiet where somebody vouches for the file', async () => {
    const lines = [0, 3].map((minute) => `${t0 / 1000 + 60 * minute + 30},${10 + minute},5`);
    await imports.run([await csv(['ts,price,size', ...lines], { whole: true })]);
    expect((await bars()).map(({ close, trades, complete }) => [close, trades, complete])).toEqual([
      ...[
        [10, 1, false],
        [10, 0, true],
        [10, 0, true],
        [13, 1, false],
      ],
    ]);
    expect(await inner()).toEqual([]);
  });

  it('is unknown between two files, and known where they overlap', async () => {
    const lines = (from: number, to: number) =>
      Array.from({ length: (to - from) / 20 }, (_, i) => `${t0 / 1000 + from + 20 * i},${from + i},1`);
    const trades = (from: number, to: number) => csv(['ts,price,size', ...lines(from, to)]);
    await imports.run([await trades(0, 200)]);
    await imports.run([await trades(240, 400)]);
    expect(await inner()).toEqual([
      { symbol: 'AAA-USDT', since: new Date(t0 + 180_000), until: new Date(t0 + 240_000), cause: 'missed minute' },
    ]);
    await imports.run([await trades(100, 300)]);
    expect(await inner()).toEqual([]);
    expect((await bars()).map(({ complete }) => complete)).toEqual([false, true, true, true, true, true, false]);
  });
});

describe('the id of a trade', () => {
  it('is told with its content: what comes again is one, what is different is another', async () => {
    const lines = ['7,100,1,buy', '7,100,1,buy', '7,101,1,buy', '8,100,2,sell'].map((row) => `${t0},${row}`);
    const header = 'ts,event_id,price,size,side';
    const result = await imports.run([await csv([header, ...lines, `${t0 + 60_000},7,103,1,buy`])]);
    expect(result).toMatchObject({ rows: 5, rejected: 0, files: [{ duplicates: 1, reused_ids: 2 }] });
    expect(await imports.rows('event_id, price', 'order by ts, price')).toEqual([
      { event_id: '7', price: 100 },
      { event_id: '8', price: 100 },
      { event_id: '7~1', price: 101 },
      { event_id: '7', price: 103 },
    ]);
    // The same in another file, part by part: nothing is taken twice.
    const again = await imports.run(
      [await csv([header, ...lines, `${t0 + 60_000},7,103,1,buy`], { name: 'b-AAA-USDT.csv' })],
      {
        partBytes: 60,
      },
    );
    expect(again.files[0]).toMatchObject({ rows: 5, duplicates: 5, reused_ids: 0 });
    expect(await imports.count()).toBe(4);
  });

  it('is one at two precisions of time', async () => {
    const coarse = [1, 2, 3].map((id) => `${t0 + id},${id},100,1`);
    const fine = [1, 2, 3, 4].map((id) => `${(t0 + id) * 1000 + 456},${id},100,1`);
    await imports.run([await csv(['ts,event_id,price,size', ...coarse])]);
    const result = await imports.run([await csv(['ts,event_id,price,size', ...fine])]);
    expect(result.files[0]).toMatchObject({ rows: 4, duplicates: 3 });
    expect(await imports.count()).toBe(4);
  });

  it('may begin anew: no trade of the frames is lost', async () => {
    const frames = [0, 1, 2].flatMap((minute) =>
      Array.from({ length: 10 }, (_, i) => {
        const row = {
          instId: 'AAA-USDT',
          tradeId: `${i + 1}`,
          price: `${100 + 10 * minute + i}`,
          size: '1',
          side: 'buy',
        };
        const ts = t0 + minute * 60_000 + i * 1_000;
        const frame = { arg: { channel: 'trades', instId: 'AAA-USDT' }, data: [{ ...row, ts: String(ts) }] };
        return `{"recv": ${ts + 50}, "frame": ${JSON.stringify(frame)}}`;
      }),
    );
    const path = imports.file('frames.jsonl.gz', gzipSync([...frames, frames[0]].join('\n')));
    const options = { venue: imports.venue, contractValue: { 'AAA-USDT': '1' }, log: silent };
    const result = await imports.run([await recordedFrames(path, options)]);
    expect(result).toMatchObject({ rows: 30, rejected: 0, files: [{ reused_ids: 20 }] });
    expect(result.files[0].remarks).toContain('1 rows repeat what it has already');
    expect((await bars()).map(({ open, close, trades }) => [open, close, trades])).toEqual([
      ...[
        [100, 109, 10],
        [110, 119, 10],
        [120, 129, 10],
      ],
    ]);
  });
});
