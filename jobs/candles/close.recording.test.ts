import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ingest } from '#ingest/session/ingest.ts';
import { TickWriter } from '#ingest/store/writer.ts';
import { Limiter } from '#ingest/transport/limiter.ts';
import { BlofinFeed } from '#ingest/venues/blofin/feed.ts';
import { openRecording } from '#ingest/venues/blofin/local/recording.ts';
import { startExchange } from '#ingest/venues/blofin/local/server.ts';
import { BlofinRest } from '#ingest/venues/blofin/rest.ts';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { viewsCurrent } from '#lib/questdb/views.ts';
import { withCloseClient } from './close_client.ts';

const recordings = process.env.TICKFOREST_RECORDINGS;
const symbols = ['BTC-USDT', 'ETH-USDT'];
/** Decimal places of a contract in coins. */
const places: Record<string, number> = { 'BTC-USDT': 3, 'ETH-USDT': 2 };

interface Print {
  symbol: string;
  ts: number;
  trade: { id: bigint; price: string; contracts: string; buy: boolean } | null;
  last: number;
  /** Of a quote: its spread in parts of the mid, and how much more is bid than asked for, in parts of both. */
  book: { spread: number; imbalance: number } | null;
}

interface Bar {
  ts: number;
  symbol: string;
  ohlc: number[];
  volume: number;
  quoteVolume: number;
  buyVolume: number;
  trades: number;
  quotes: number;
  spread: number | null;
  imbalance: number | null;
}

/** The recorded frames, read without any code of the project. */
function prints(): Print[] {
  const path = join(recordings!, 'blofin-frames', 'binance-um-20240808.jsonl.gz');
  const lines = gunzipSync(readFileSync(path)).toString().trim().split('\n');
  return lines.map((line) => {
    const { arg, data } = JSON.parse(line).frame;
    const [row] = data;
    const trade =
      arg.channel === 'trades'
        ? { id: BigInt(row.tradeId), price: row.price, contracts: row.size, buy: row.side === 'buy' }
        : null;
    const [bid, ask, bidSize, askSize] = [row.bidPrice, row.askPrice, row.bidSize, row.askSize].map(Number);
    const book = { spread: (ask - bid) / ((ask + bid) / 2), imbalance: (bidSize - askSize) / (bidSize + askSize) };
    const last = Number(row.last ?? row.price);
    return { symbol: arg.instId, ts: Number(row.ts), trade, last, book: trade ? null : book };
  });
}

/** A decimal number as an integer and its number of decimal places: sums of these are exact. */
function exact(text: string, decimals: number): bigint {
  const [whole, fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(decimals, '0'));
}

function decimal(value: bigint, decimals: number): number {
  const text = String(value).padStart(decimals + 1, '0');
  return Number(`${text.slice(0, -decimals)}.${text.slice(-decimals)}`);
}

function barOf(symbol: string, ts: number, own: Print[]): Bar {
  const trades = own
    .flatMap(({ ts: at, trade }) => (trade ? [{ at, ...trade }] : []))
    .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  const printed = trades.length > 0 ? trades.map((trade) => Number(trade.price)) : own.map((print) => print.last);
  const sum = (terms: bigint[]) => terms.reduce((total, term) => total + term, 0n);
  const size = (trade: { contracts: string }) => exact(trade.contracts, 2);
  const sizePlaces = 2 + places[symbol];
  return {
    ts,
    symbol,
    ohlc: [printed[0], Math.max(...printed), Math.min(...printed), printed.at(-1)!],
    volume: decimal(sum(trades.map(size)), sizePlaces),
    quoteVolume: decimal(sum(trades.map((trade) => size(trade) * exact(trade.price, 2))), sizePlaces + 2),
    buyVolume: decimal(sum(trades.filter((trade) => trade.buy).map(size)), sizePlaces),
    trades: trades.length,
    quotes: own.length - trades.length,
    spread: mean(own.map(({ book }) => book?.spread ?? null)),
    imbalance: mean(own.map(({ book }) => book?.imbalance ?? null)),
  };
}

/** Of those that there are. */
function mean(values: (number | null)[]): number | null {
  const there = values.filter((value) => value !== null);
  return there.length === 0 ? null : there.reduce((sum, value) => sum + value, 0) / there.length;
}

/** One-minute bars in the order of time and symbol. */
function barsOf(all: Print[]): Bar[] {
  const minuteOf = (print: Print) => Math.floor(print.ts / 60_000) * 60_000;
  const minutes = [...new Set(all.map(minuteOf))].sort((a, b) => a - b);
  return minutes.flatMap((ts) =>
    symbols.flatMap((symbol) => {
      const own = all.filter((print) => print.symbol === symbol && minuteOf(print) === ts);
      return own.length > 0 ? [barOf(symbol, ts, own)] : [];
    }),
  );
}

const closeTo = (value: number | null, digits: number) => (value === null ? null : expect.closeTo(value, digits));

/** Sums of doubles may differ from the exact sum in the last digits. */
const near = (value: number) => expect.closeTo(value, 15 - Math.ceil(Math.log10(Math.abs(value) + 1)) - 3);

describe.skipIf(!recordings)('the recorded spell, from the socket to the candles (needs TICKFOREST_RECORDINGS)', () => {
  /** Each writer's own: what one leaves must not come back in another. */
  const spoolOf = () => ({ directory: join(tmpdir(), `tickforest-spool-${randomUUID()}`), maxBytes: 1e9, sync: false });
  let db: QuestDb;
  let bars: Bar[];
  let first: number;
  let last: number;

  beforeAll(async () => {
    db = new QuestDb(inject('questdb'));
    bars = barsOf(prints());
    first = bars[0].ts;
    last = bars.at(-1)!.ts;
    const exchange = await startExchange({
      market: await openRecording(recordings!),
      speed: Number.POSITIVE_INFINITY,
      autoplay: true,
    });
    const rest = new BlofinRest({ url: exchange.restUrl, limiter: new Limiter() });
    const origin = await rest.origin();
    const feed = new BlofinFeed({
      ...{ wsUrl: exchange.wsUrl, instruments: await rest.instruments(), symbols },
      ...{ origin, subscriptions: { spacingMs: 1 }, connectSpacingMs: 1 },
    });
    const writer = await TickWriter.connect(
      db.address,
      { flushMs: 250, batchRows: 5_000, queueRows: 100_000, spool: spoolOf() },
      silent,
    );
    const queues = { redis: inject('redis'), prefix: `t-${randomUUID()}` };
    try {
      const summary = await withCloseClient({ queues, db, dataDir: '', log: silent, concurrency: 1 }, (closeClient) =>
        ingest({
          ...{ db, feed, writer, venue: origin.venue, symbols, log: silent, live: false },
          close: async (ranges) => void (await closeClient.close({ venue: origin.venue, symbols, ranges })),
        }),
      );
      expect(summary).toMatchObject({ rows: 36_080, rejected: 0, sources: { replay: 36_080 } });
      expect(writer.counters).toMatchObject({
        received: 36_080,
        acknowledged: 36_080,
        queued: 0,
        spooled: 0,
        failures: 0,
      });
    } finally {
      await feed.close();
      await writer.close();
      await exchange.close();
    }
  });

  afterAll(() => db.close());

  it('stores every tick once', async () => {
    const window = `venue = 'binance-um' and ts >= '2024-08-08T23:54' and ts < '2024-08-09T00:01'`;
    const [row] = await db.query(
      `select count() n, sum(case when kind = 'trade' then 1 else 0 end) trades from ticks where ${window}`,
    );
    expect(row).toEqual({ n: 36_080, trades: 35_389 });
  });

  it('makes each one-minute bar in every field; the first and the last minute are not whole', async () => {
    const stored = await db.query(
      `select * from candles_1m where venue = 'binance-um' and ts >= '2024-08-08T23:54' and ts < '2024-08-09T00:01'
       order by ts, symbol`,
    );
    expect(new Set(bars.map((bar) => bar.ts)).size).toBe(7);
    expect(stored.map(({ known_at: _, ...row }) => row)).toEqual(
      bars.map((bar) => ({
        ts: new Date(bar.ts),
        venue: 'binance-um',
        symbol: bar.symbol,
        open: bar.ohlc[0],
        high: bar.ohlc[1],
        low: bar.ohlc[2],
        close: bar.ohlc[3],
        volume: near(bar.volume),
        quote_volume: near(bar.quoteVolume),
        buy_volume: near(bar.buyVolume),
        sided_volume: near(bar.volume),
        trades: bar.trades,
        sided_trades: bar.trades,
        quotes: bar.quotes,
        spread: closeTo(bar.spread, 12),
        imbalance: closeTo(bar.imbalance, 9),
        source: 'closer',
        complete: bar.ts !== first && bar.ts !== last,
      })),
    );
  });

  it('shows the same in the 5-minute view', async () => {
    await viewsCurrent(db);
    const stored = await db.query(
      `select * from candles_5m where venue = 'binance-um' and ts >= '2024-08-08T23:50' and ts < '2024-08-09T00:05'
       order by ts, symbol`,
    );
    const fiveMinutes = Object.groupBy(bars, (bar) => `${Math.floor(bar.ts / 300_000)} ${bar.symbol}`);
    expect(stored.map(({ known_at: _, ...row }) => row)).toEqual(
      Object.values(fiveMinutes).map((own) => {
        const inside = own!;
        const sum = (of: (bar: Bar) => number) => inside.reduce((total, bar) => total + of(bar), 0);
        return {
          ts: new Date(Math.floor(inside[0].ts / 300_000) * 300_000),
          venue: 'binance-um',
          symbol: inside[0].symbol,
          open: inside[0].ohlc[0],
          high: Math.max(...inside.map((bar) => bar.ohlc[1])),
          low: Math.min(...inside.map((bar) => bar.ohlc[2])),
          close: inside.at(-1)!.ohlc[3],
          volume: near(sum((bar) => bar.volume)),
          quote_volume: near(sum((bar) => bar.quoteVolume)),
          buy_volume: near(sum((bar) => bar.buyVolume)),
          sided_volume: near(sum((bar) => bar.volume)),
          trades: sum((bar) => bar.trades),
          sided_trades: sum((bar) => bar.trades),
          quotes: sum((bar) => bar.quotes),
          spread: closeTo(mean(inside.map((bar) => bar.spread)), 12),
          imbalance: closeTo(mean(inside.map((bar) => bar.imbalance)), 9),
          bars: inside.length,
          complete_bars: inside.filter((bar) => bar.ts !== first && bar.ts !== last).length,
          sources: 1,
          complete: inside.length === 5 && inside.every((bar) => bar.ts !== first && bar.ts !== last),
        };
      }),
    );
  });
});
