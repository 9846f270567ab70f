import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ingest } from '#ingest/session/ingest.ts';
import { TickWriter } from '#ingest/store/writer.ts';
import { Limiter } from '#ingest/transport/limiter.ts';
import { venues } from '#ingest/venues/registry.ts';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { viewsCurrent } from '#lib/questdb/views.ts';
import { withCloseClient } from './close_client.ts';

const recordings = process.env.TICKFOREST_RECORDINGS;
const symbols = ['BTC-USDT', 'ETH-USDT'];
/** Another recording of the same market is stored by another test: these rows are of a venue of their own. */
const venue = `um-${randomUUID().slice(0, 8)}`;
const raw = 'binance-raw/um-20240808.txt.gz';
const rows = 155_470;

interface Print {
  symbol: string;
  ts: number;
  trade: { id: number; price: string; size: string; buy: boolean } | null;
  /** Of a quote: its spread in parts of the mid, and how much more is bid than asked for, in parts of both. */
  book: { spread: number; imbalance: number } | null;
}

/** The recorded frames, read without any code of the project. */
function prints(): Print[] {
  const lines = gunzipSync(readFileSync(join(recordings!, raw)))
    .toString()
    .trim()
    .split('\n');
  return lines.map((line) => {
    const { data } = JSON.parse(line.slice(20));
    const trade = data.e === 'trade' ? { id: data.t, price: data.p, size: data.q, buy: !data.m } : null;
    const [bid, bidSize, ask, askSize] = [data.b, data.B, data.a, data.A].map(Number);
    const book = { spread: (ask - bid) / ((ask + bid) / 2), imbalance: (bidSize - askSize) / (bidSize + askSize) };
    return { symbol: data.s.replace('USDT', '-USDT'), ts: data.T, trade, book: trade ? null : book };
  });
}

/** A decimal number in units of 10^-4, which holds every price and size of the spell: sums of these are exact. */
function exact(text: string): bigint {
  const [whole, fraction = ''] = text.split('.');
  if (fraction.length > 4) throw new Error(`${text} has more than four decimal places`);
  return BigInt(whole + fraction.padEnd(4, '0'));
}

function decimal(value: bigint, places: number): number {
  const text = String(value).padStart(places + 1, '0');
  return Number(`${text.slice(0, -places)}.${text.slice(-places)}`);
}

/** @param lastClose of the bar before: a minute of quotes alone stays there */
function barOf(own: Print[], lastClose: number) {
  const trades = own
    .flatMap(({ ts, trade }) => (trade ? [{ ts, ...trade }] : []))
    .sort((a, b) => a.ts - b.ts || a.id - b.id);
  const printed = trades.length > 0 ? trades.map(({ price }) => Number(price)) : [lastClose];
  const sum = (terms: bigint[]) => terms.reduce((total, term) => total + term, 0n);
  return {
    ...{ open: printed[0], high: Math.max(...printed), low: Math.min(...printed), close: printed.at(-1)! },
    volume: decimal(sum(trades.map(({ size }) => exact(size))), 4),
    quote_volume: decimal(sum(trades.map(({ size, price }) => exact(size) * exact(price))), 8),
    buy_volume: decimal(sum(trades.filter(({ buy }) => buy).map(({ size }) => exact(size))), 4),
    trades: trades.length,
    quotes: own.length - trades.length,
    spread: mean(own.flatMap(({ book }) => (book ? [book.spread] : []))),
    imbalance: mean(own.flatMap(({ book }) => (book ? [book.imbalance] : []))),
  };
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Sums of doubles may differ from the exact sum in the last digits. */
const near = (value: number) => expect.closeTo(value, 15 - Math.ceil(Math.log10(Math.abs(value) + 1)) - 3);
const minuteOf = (print: Print) => Math.floor(print.ts / 60_000) * 60_000;

describe.skipIf(!recordings)(
  'the raw spell of Binance, from the socket to the candles (needs TICKFOREST_RECORDINGS)',
  () => {
    let db: QuestDb;
    let all: Print[];
    let minutes: number[];
    let directory: string;

    beforeAll(async () => {
      db = new QuestDb(inject('questdb'));
      all = prints();
      minutes = [...new Set(all.map(minuteOf))].sort((a, b) => a - b);
      directory = mkdtempSync(join(tmpdir(), 'tickforest-binance-'));
      symlinkSync(join(recordings!, raw), join(directory, 'raw.txt.gz'));
      const entry = { path: 'raw.txt.gz', kind: 'binance-frames', venue, rows };
      writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ recordings: [entry] }));
      const binance = venues['binance-um'];
      const exchange = await binance.local.replay(directory, { speed: Infinity });
      const rest = binance.rest({ url: exchange.restUrl, limiter: new Limiter() });
      const origin = await rest.origin();
      const feed = binance.feed({ wsUrl: exchange.wsUrl, origin, instruments: await rest.instruments(), symbols });
      const spool = { directory: join(directory, 'spool'), maxBytes: 1e9, sync: false };
      const writer = await TickWriter.connect(
        db.address,
        { flushMs: 250, batchRows: 5_000, queueRows: 100_000, spool },
        silent,
      );
      const queues = { redis: inject('redis'), prefix: `t-${randomUUID()}` };
      try {
        const summary = await withCloseClient({ queues, db, dataDir: '', log: silent, concurrency: 1 }, (closeClient) =>
          ingest({
            ...{ db, feed, writer, venue, symbols, log: silent, live: false },
            close: async (ranges) => void (await closeClient.close({ venue, symbols, ranges })),
          }),
        );
        expect(summary).toMatchObject({ rows, rejected: 0, sources: { replay: rows } });
      } finally {
        await feed.close();
        await writer.close();
        await exchange.close();
      }
    });

    afterAll(async () => {
      await db.close();
      rmSync(directory, { recursive: true, force: true });
    });

    /** In the order of time and symbol. */
    function barsOf(length: number) {
      const close = new Map<string, number>();
      const starts = [...new Set(all.map(({ ts }) => Math.floor(ts / length) * length))].sort((a, b) => a - b);
      return starts.flatMap((start) =>
        symbols.flatMap((symbol) => {
          const own = all.filter((print) => print.symbol === symbol && print.ts >= start && print.ts < start + length);
          if (own.length === 0) return [];
          const bar = barOf(own, close.get(symbol) ?? Number.NaN);
          close.set(symbol, bar.close);
          return [{ ts: new Date(start), symbol, ...bar }];
        }),
      );
    }

    it('stores every tick once, quotes without a price', async () => {
      const [row] = await db.query(
        `select count() n, sum(case when kind = 'trade' then 1 else 0 end) trades, count_distinct(event_id) ids,
       sum(case when kind = 'quote' and price is not null then 1 else 0 end) mids from ticks where venue = '${venue}'`,
      );
      expect(row).toEqual({ n: rows, trades: 35_389, ids: rows, mids: 0 });
    });

    it('makes each one-minute bar in every field; the first and the last minute are not whole', async () => {
      const stored = await db.query(`select * from candles_1m where venue = '${venue}' order by ts, symbol`);
      expect(minutes.length).toBe(7);
      const expected = barsOf(60_000).map(({ volume, quote_volume, buy_volume, spread, imbalance, ...bar }) => ({
        ...{ ...bar, venue, source: 'closer', complete: +bar.ts !== minutes[0] && +bar.ts !== minutes.at(-1) },
        ...{ volume: near(volume), quote_volume: near(quote_volume), buy_volume: near(buy_volume) },
        ...{ sided_volume: near(volume), sided_trades: bar.trades },
        ...{ spread: expect.closeTo(spread, 14), imbalance: expect.closeTo(imbalance, 10) },
      }));
      expect(stored.map(({ known_at: _, ...row }) => row)).toEqual(expected);
    });

    it('shows the same in the 5-minute view', async () => {
      await viewsCurrent(db);
      const stored = await db.query(
        `select ts, symbol, open, close, trades, quotes, volume from candles_5m where venue = '${venue}' order by ts, symbol`,
      );
      const expected = barsOf(300_000).map(({ ts, symbol, open, close, trades, quotes, volume }) => {
        return { ts, symbol, open, close, trades, quotes, volume: near(volume) };
      });
      expect(stored).toEqual(expected);
    });
  },
);
