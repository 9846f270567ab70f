import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { appendRows, type NewRow } from '#lib/questdb/append.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { minute } from '#lib/time.ts';
import { closeMinutes } from './close.ts';

const symbol = 'AAA-USDT';
const ms = 1_000;
const second = 1_000_000;
/** An hour before midnight, so that nothing is special about it. */
const t0 = Date.UTC(2026, 2, 3, 10) * ms;
let db: QuestDb;
let venue: string;
let id = 0;

beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
beforeEach(() => {
  venue = `t-${randomUUID()}`;
  id = 0;
});
afterAll(() => db.close());

interface Print {
  price?: number;
  size?: number;
  side?: 'buy' | 'sell';
  id?: string;
  symbol?: string;
}

function trade(ts: number, { price = 100, size = 1, side = 'buy', id: event_id = String(++id), ...of }: Print): NewRow {
  return {
    ts,
    symbols: { venue, symbol: of.symbol ?? symbol, source: 'ws', kind: 'trade', side },
    strings: { event_id },
    doubles: { price, size },
  };
}

function quote(ts: number, last: number | null, of = symbol): NewRow {
  return {
    ts,
    symbols: { venue, symbol: of, source: 'ws', kind: 'quote' },
    strings: { event_id: String(++id) },
    doubles: { price: last, bid: 1, ask: 2 },
  };
}

const ticks = (...rows: NewRow[]) => appendRows(db.address, 'ticks', rows);

function candle(ts: number, [open, high, low, close, volume]: number[], source = 'rest') {
  return appendRows(db.address, 'exchange_candles', [
    { ts, symbols: { venue, symbol, source }, doubles: { open, high, low, close, volume } },
  ]);
}

/** The feed saw nothing of the symbol from `since` to `until`. */
function gap(since: number, until: number | null, event = until === null ? 'opened' : 'bounded') {
  return db.run('gaps/record', {
    ...{ ts: new Timestamp(until ?? since), venue, symbol, gap_id: `${venue}/${symbol}/${since}`, event },
    ...{ level: 'trades', since: new Timestamp(since), until: until === null ? null : new Timestamp(until) },
    ...{ cause: 'test', how: null },
  });
}

const close = (from: number, to: number, symbols = [symbol]) =>
  closeMinutes(db, { venue, symbols, ranges: [{ from, to }] });

interface Bar {
  ts: Date;
  symbol: string;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  quote_volume: number | null;
  buy_volume: number | null;
  trades: number | null;
  quotes: number | null;
  source: string;
  complete: boolean;
  known: number;
}

const bars = () =>
  db.query<Bar & { [name: string]: unknown }>(
    `select ts, symbol, open, high, low, close, volume, quote_volume, buy_volume, trades, quotes, source, complete,
     cast(known_at as long) known from candles_1m where venue = '${venue}' order by ts, symbol`,
  );
/** Minute within the test, source, open to close, and whether it is whole. */
const shape = async () =>
  (await bars()).map(
    (bar) =>
      `${(bar.ts.getTime() * ms - t0) / minute} ${bar.source} ${bar.open} ${bar.high} ${bar.low} ${bar.close} ${bar.complete ? 'whole' : 'part'}`,
  );

describe('a bar of ticks', () => {
  it('takes the prints of one millisecond in the order of their ids, however long and in whatever order they came', async () => {
    const ts = t0 + 5 * second;
    await ticks(
      trade(ts, { id: '10', price: 103 }),
      trade(ts, { id: '1000', price: 104 }),
      trade(ts, { id: '9', price: 102 }),
    );
    await ticks(trade(ts, { id: '8', price: 101 }));
    await close(t0, t0 + minute);
    expect(await shape()).toEqual(['0 closer 101 104 101 104 whole']);
  });

  it('keeps order flow apart: volume, quote volume, taker buys, counts', async () => {
    await ticks(
      trade(t0, { price: 10, size: 2, side: 'buy' }),
      trade(t0 + second, { price: 12, size: 3, side: 'sell' }),
      quote(t0 + 2 * second, 99),
      quote(t0 + 3 * second, null),
    );
    await close(t0, t0 + minute);
    expect(await bars()).toMatchObject([
      { open: 10, high: 12, low: 10, close: 12, volume: 5, quote_volume: 56, buy_volume: 2, trades: 2, quotes: 2 },
    ]);
  });

  it('is made of the last prices of quotes where nothing was traded, and of nothing where these have none', async () => {
    await ticks(quote(t0, 5), quote(t0 + second, 7), quote(t0 + 2 * second, 6), quote(t0 + minute, null));
    await close(t0, t0 + 2 * minute);
    expect(await shape()).toEqual(['0 closer 5 7 5 6 whole', '1 closer 6 6 6 6 whole']);
    expect(await bars()).toMatchObject([
      { volume: 0, trades: 0, quotes: 3 },
      { volume: 0, trades: 0, quotes: 1 },
    ]);
  });

  it('has the mean spread and the mean imbalance of its quotes, and neither where there are none', async () => {
    const book = (ts: number, [bid, ask, bid_size, ask_size]: (number | null)[]): NewRow => ({
      ...quote(ts, 100),
      doubles: { price: 100, bid, ask, bid_size, ask_size },
    });
    await ticks(
      book(t0 + second, [99, 101, 3, 1]),
      book(t0 + 2 * second, [99.5, 100.5, 1, 1]),
      // A book of one side, and one without sizes.
      book(t0 + 3 * second, [99, null, 5, null]),
      book(t0 + 4 * second, [99.9, 100.1, null, null]),
      trade(t0 + minute + second, { price: 100 }),
    );
    await close(t0, t0 + 2 * minute);
    const bars = await db.query(`SELECT spread, imbalance FROM candles_1m WHERE venue = '${venue}' ORDER BY ts`);
    expect(bars[0].spread).toBeCloseTo((0.02 + 0.01 + 0.002) / 3, 12);
    expect(bars[0].imbalance).toBeCloseTo((0.5 + 0) / 2, 12);
    expect(bars[1]).toEqual({ spread: null, imbalance: null });
  });

  it('is flat at the last close in a healthy minute without prints, also where the request begins there', async () => {
    await ticks(trade(t0, { price: 100 }), trade(t0 + 1, { price: 101 }), trade(t0 + 3 * minute, { price: 103 }));
    await close(t0, t0 + minute);
    await close(t0 + minute, t0 + 4 * minute);
    expect(await shape()).toEqual([
      '0 closer 100 101 100 101 whole',
      '1 closer 101 101 101 101 whole',
      '2 closer 101 101 101 101 whole',
      '3 closer 103 103 103 103 whole',
    ]);
    expect((await bars())[1]).toMatchObject({ volume: 0, quote_volume: 0, buy_volume: 0, trades: 0, quotes: 0 });
  });

  it('does not exist before the first tick of its symbol, though an older bar is known', async () => {
    await candle(t0, [50, 50, 50, 50, 1]);
    await ticks(trade(t0 + 3 * minute, {}));
    await close(t0, t0 + 4 * minute);
    expect(await shape()).toEqual(['0 rest 50 50 50 50 whole', '3 closer 100 100 100 100 whole']);
  });

  it('is the same over midnight UTC', async () => {
    const midnight = Date.UTC(2026, 2, 4) * ms;
    await ticks(
      trade(midnight - 1, { price: 1 }),
      trade(midnight, { price: 2 }),
      trade(midnight + 2 * minute, { price: 3 }),
    );
    await close(midnight - minute, midnight + 3 * minute);
    expect((await bars()).map((bar) => [bar.ts.toISOString().slice(8, 16), bar.close])).toEqual([
      ['03T23:59', 1],
      ['04T00:00', 2],
      ['04T00:01', 2],
      ['04T00:02', 3],
    ]);
  });

  it('belongs to one venue', async () => {
    const other = `${venue}-b`;
    await ticks(trade(t0, { price: 100 }));
    const elsewhere = trade(t0 + 1, { price: 200 });
    elsewhere.symbols!.venue = other;
    await ticks(elsewhere);
    await close(t0, t0 + minute);
    await closeMinutes(db, { venue: other, symbols: [symbol], ranges: [{ from: t0, to: t0 + minute }] });
    const rows = await db.query(
      `select venue, close, trades from candles_1m where venue in ('${venue}', '${other}') order by venue`,
    );
    expect(rows).toEqual([
      { venue, close: 100, trades: 1 },
      { venue: other, close: 200, trades: 1 },
    ]);
  });

  it('makes the same bars whether days are closed at once or in parts', async () => {
    const from = t0 - 98 * 60 * minute;
    await ticks(trade(from, { price: 1 }), trade(from + 1_500 * minute, { price: 2 }), trade(t0, { price: 3 }));
    await close(from, t0 + minute);
    const [counted] = await db.query(
      `select count() n, sum(case when close = 1.0 then 1 else 0 end) ones from candles_1m where venue = '${venue}'`,
    );
    expect(counted).toEqual({ n: 5_881, ones: 1_500 });
  });
});

describe('a gap', () => {
  it('leaves no bar where nothing was printed, and a partial one where something was', async () => {
    await ticks(trade(t0 + second, {}), trade(t0 + 3 * minute + 30 * second, {}), trade(t0 + 4 * minute, {}));
    await gap(t0 + second, null);
    await gap(t0 + second, t0 + 3 * minute + 30 * second);
    await close(t0, t0 + 5 * minute);
    expect(await shape()).toEqual([
      '0 closer 100 100 100 100 part',
      '3 closer 100 100 100 100 part',
      '4 closer 100 100 100 100 whole',
    ]);
  });

  it('is not over while it is open', async () => {
    await ticks(trade(t0 + second, {}));
    await gap(t0 + 2 * second, null);
    await close(t0, t0 + 3 * minute);
    expect(await shape()).toEqual(['0 closer 100 100 100 100 part']);
  });

  it('ends exactly where a minute begins without touching that minute', async () => {
    await ticks(trade(t0, {}), trade(t0 + 2 * minute, {}));
    await gap(t0 + minute, t0 + 2 * minute);
    await close(t0, t0 + 3 * minute);
    expect(await shape()).toEqual(['0 closer 100 100 100 100 whole', '2 closer 100 100 100 100 whole']);
  });

  it('found after a minute was closed as whole makes it partial', async () => {
    await ticks(trade(t0, {}));
    await close(t0, t0 + minute);
    await gap(t0 + second, null);
    await close(t0, t0 + minute);
    expect(await shape()).toEqual(['0 closer 100 100 100 100 part']);
  });
});

describe('precedence', () => {
  const stated = [200, 201, 199, 200.5, 7];

  it('prefers whole ticks to the exchange, whichever was there first', async () => {
    await candle(t0, stated);
    await close(t0, t0 + minute, []);
    expect(await shape()).toEqual(['0 rest 200 201 199 200.5 whole']);
    await ticks(trade(t0, {}));
    await close(t0, t0 + minute);
    expect(await shape()).toEqual(['0 closer 100 100 100 100 whole']);
    await close(t0, t0 + minute, []);
    expect(await shape()).toEqual(['0 closer 100 100 100 100 whole']);
  });

  it('prefers the exchange to partial ticks, and does not go back to them', async () => {
    await ticks(trade(t0 + second, {}));
    await gap(t0, t0 + second);
    await close(t0, t0 + minute);
    expect(await shape()).toEqual(['0 closer 100 100 100 100 part']);
    await candle(t0, stated, 'archive');
    await close(t0, t0 + minute, []);
    const healed = ['0 archive 200 201 199 200.5 whole'];
    expect(await shape()).toEqual(healed);
    expect(await bars()).toMatchObject([{ volume: 7, buy_volume: null, trades: null, quotes: null }]);
    await ticks(trade(t0 + 2 * second, { price: 101 }));
    await close(t0, t0 + minute);
    expect(await shape()).toEqual(healed);
  });

  it('gives a bar to the exchange that turns out to be partial', async () => {
    await ticks(trade(t0, {}));
    await close(t0, t0 + minute);
    await candle(t0, stated);
    await gap(t0 + second, null);
    await close(t0, t0 + minute);
    expect(await shape()).toEqual(['0 rest 200 201 199 200.5 whole']);
  });

  it('prefers a candle with volume to quotes alone, whichever was there first, and trades to both', async () => {
    await ticks(quote(t0, 5), quote(t0 + minute, 6), quote(t0 + 2 * minute, 7));
    await close(t0, t0 + 2 * minute);
    await candle(t0, stated);
    await candle(t0 + minute, [6, 6, 6, 6, 0]);
    await candle(t0 + 2 * minute, stated);
    await close(t0, t0 + 2 * minute, []);
    await close(t0 + 2 * minute, t0 + 3 * minute);
    // A candle without volume knows no more than the quotes.
    const expected = ['0 rest 200 201 199 200.5 whole', '1 closer 6 6 6 6 whole', '2 rest 200 201 199 200.5 whole'];
    expect(await shape()).toEqual(expected);
    const once = await bars();
    await close(t0, t0 + 3 * minute);
    expect(await bars()).toEqual(once);
    await ticks(trade(t0 + second, { price: 8 }));
    await close(t0, t0 + 3 * minute);
    expect(await shape()).toEqual(['0 closer 8 8 8 8 whole', ...expected.slice(1)]);
  });

  it('takes a candle that the exchange has corrected, in price or in volume down to nothing', async () => {
    await candle(t0, stated);
    await close(t0, t0 + minute, []);
    await candle(t0, [200, 201, 199, 200.6, 7]);
    await close(t0, t0 + minute, []);
    expect(await bars()).toMatchObject([{ close: 200.6, volume: 7 }]);
    await candle(t0, [200, 201, 199, 200.6, 0]);
    await close(t0, t0 + minute, []);
    expect(await bars()).toMatchObject([{ close: 200.6, volume: 0 }]);
  });

  it('sees a correction of prices near 10^-6, which QuestDB takes for equal', async () => {
    const tiny = 0.0000012;
    await candle(t0, [tiny, tiny, tiny, tiny, 1]);
    await close(t0, t0 + minute, []);
    const corrected = tiny + 0.00000000005;
    await candle(t0, [tiny, corrected, tiny, corrected, 1]);
    await close(t0, t0 + minute, []);
    expect(await bars()).toMatchObject([{ open: tiny, high: corrected, low: tiny, close: corrected }]);
  });
});

describe('closing again', () => {
  it('changes nothing where nothing was added: not even known_at', async () => {
    await candle(t0 + minute, [5, 5, 5, 5, 0]);
    await gap(t0 + minute, t0 + 2 * minute);
    await ticks(trade(t0, { price: 0.0000012 }), quote(t0 + 2 * minute, 3), trade(t0 + 4 * minute, { price: 4 }));
    await close(t0, t0 + 5 * minute);
    const once = await bars();
    expect(once.length).toBe(5);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await close(t0, t0 + 5 * minute);
    for (let at = 0; at < 5; at++) await close(t0 + at * minute, t0 + (at + 1) * minute);
    await close(t0, t0 + 5 * minute, []);
    expect(await bars()).toEqual(once);
  });

  it('takes a late tick into its minute and leaves the other bars as they were', async () => {
    await ticks(trade(t0, { price: 100 }), trade(t0 + minute, { price: 110 }), trade(t0 + 2 * minute, { price: 120 }));
    await close(t0, t0 + 3 * minute);
    const before = await bars();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await ticks(trade(t0 + minute + second, { price: 111 }));
    await close(t0 + minute, t0 + 2 * minute);
    const after = await bars();
    expect(after[1]).toMatchObject({ open: 110, high: 111, close: 111, trades: 2 });
    expect(after[1].known).toBeGreaterThan(before[1].known);
    expect([after[0], after[2]]).toEqual([before[0], before[2]]);
  });

  it('moves flat bars that follow a late tick to the new last close', async () => {
    await ticks(trade(t0, { price: 0.0000012 }), trade(t0 + 2 * minute, { price: 0.000002 }));
    await close(t0, t0 + 3 * minute);
    await ticks(trade(t0 + second, { price: 0.00000125 }));
    await close(t0, t0 + minute);
    expect((await bars()).map((bar) => bar.close)).toEqual([0.00000125, 0.00000125, 0.000002]);
  });
});
