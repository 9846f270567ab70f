import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { recordedFrames } from '#ingest/archives/frames.ts';
import { mappedTicks } from '#ingest/archives/mapped_ticks.ts';
import { ingest } from '#ingest/session/ingest.ts';
import { TickWriter } from '#ingest/store/writer.ts';
import { Limiter } from '#ingest/transport/limiter.ts';
import { BlofinFeed } from '#ingest/venues/blofin/feed.ts';
import { openRecording } from '#ingest/venues/blofin/local/recording.ts';
import { startExchange } from '#ingest/venues/blofin/local/server.ts';
import { BlofinRest } from '#ingest/venues/blofin/rest.ts';
import { withCloseClient } from '#jobs/candles/close_client.ts';
import { silent } from '#lib/log.ts';
import { Imports } from './fixtures/imports.ts';

const recordings = process.env.TICKFOREST_RECORDINGS;
const symbols = ['BTC-USDT', 'ETH-USDT'];
/** Base coin in a contract. */
const units: { [symbol: string]: number } = { 'BTC-USDT': 0.001, 'ETH-USDT': 0.01 };

interface Row {
  instId: string;
  tradeId: string;
  price: string;
  size: string;
  side: string;
  ts: string;
}

describe.skipIf(!recordings)('the recorded trades (needs TICKFOREST_RECORDINGS)', () => {
  const way = () => new Imports(inject('questdb'), inject('redis'));
  const ways: { [name: string]: Imports } = {};
  let lines: string[];
  let rows: Row[];

  beforeAll(() => {
    for (const name of ['live', 'frames', 'csv with ids', 'csv without ids']) ways[name] = way();
    const { recordings: entries } = JSON.parse(readFileSync(join(recordings!, 'manifest.json'), 'utf8')) as {
      recordings: { kind: string; path: string }[];
    };
    const { path } = entries.find(({ kind }) => kind === 'blofin-frames')!;
    // Without the quotes, which a file of trades does not have.
    lines = gunzipSync(readFileSync(join(recordings!, path)))
      .toString()
      .split('\n')
      .filter((line) => line.includes('"channel":"trades"') || line.includes('"channel": "trades"'));
    rows = lines.flatMap((line) => (JSON.parse(line) as { frame: { data: Row[] } }).frame.data);
    expect(rows.length).toBe(35_389);
  });
  afterAll(async () => {
    for (const each of Object.values(ways)) await each.end();
  });

  const contractValue = Object.fromEntries(Object.entries(units).map(([symbol, unit]) => [symbol, String(unit)]));

  const bars = async (imports: Imports) => {
    const stored = await imports.rows<Record<string, unknown>>('*', 'order by symbol, ts', 'candles_1m');
    // Sums of doubles may be taken in another order.
    const rounded = ([name, value]: [string, unknown]) =>
      name.includes('volume') && typeof value === 'number' ? [name, Number(value.toPrecision(12))] : [name, value];
    return stored.map(({ known_at: _, venue: __, ...bar }) => Object.fromEntries(Object.entries(bar).map(rounded)));
  };

  const csv = async (imports: Imports, withIds: boolean, list: readonly Row[]) => {
    const cells = ({ instId, tradeId, price, size, side, ts }: Row) => [
      ...[
        ts,
        instId,
        price,
        Number((Number(size) * units[instId]).toPrecision(14)),
        side,
        ...(withIds ? [tradeId] : []),
      ],
    ];
    const header = `ts,symbol,price,size,side${withIds ? ',event_id' : ''}`;
    const path = imports.file('trades.csv', [header, ...list.map((row) => cells(row).join(','))].join('\n'));
    await imports.run([await mappedTicks(path, { venue: imports.venue, mapping: new Map(), time: {} })]);
  };

  it('give the same bars live, as frames, and as CSV with and without ids', async () => {
    const live = ways.live;
    const directory = mkdtempSync(join(live.directory, 'recording-'));
    const entry = {
      kind: 'blofin-frames',
      path: 'trades.jsonl.gz',
      venue: live.venue,
      contractValue,
      contract_value: contractValue,
    };
    writeFileSync(join(directory, 'trades.jsonl.gz'), gzipSync(lines.join('\n')));
    writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ recordings: [entry] }));
    await playLive(live, directory);

    const frames = ways.frames;
    const file = frames.file('trades.jsonl.gz', gzipSync(lines.join('\n')));
    await frames.run([await recordedFrames(file, { venue: frames.venue, contractValue, log: silent })]);

    // Ids put in order what the file has in any order within a millisecond; without ids the order of the file counts.
    const mixed = rows
      .map((row, place) => ({ row, ts: Number(row.ts), key: (place * 7_919) % 104_729 }))
      .sort((a, b) => a.ts - b.ts || a.key - b.key)
      .map(({ row }) => row);
    expect(mixed.map(({ tradeId }) => tradeId)).not.toEqual(rows.map(({ tradeId }) => tradeId));
    await csv(ways['csv with ids'], true, mixed);
    await csv(ways['csv without ids'], false, rows);

    const expected = await bars(live);
    // Nobody traded BTC-USDT in the last minute, of which only the beginning was recorded.
    expect(expected.map(({ symbol, complete }) => [symbol, complete])).toEqual([
      ...[false, true, true, true, true, true].map((complete) => ['BTC-USDT', complete]),
      ...[false, true, true, true, true, true, false].map((complete) => ['ETH-USDT', complete]),
    ]);
    for (const name of ['frames', 'csv with ids', 'csv without ids'])
      expect(await bars(ways[name]), name).toEqual(expected);
  });

  async function playLive({ db, venue, dataDir }: Imports, directory: string): Promise<void> {
    const market = await openRecording(directory);
    const exchange = await startExchange({ market, speed: Number.POSITIVE_INFINITY, autoplay: true });
    const rest = new BlofinRest({ url: exchange.restUrl, limiter: new Limiter() });
    const origin = await rest.origin();
    expect(origin).toEqual({ venue, kind: 'recording' });
    const feed = new BlofinFeed({
      ...{ wsUrl: exchange.wsUrl, instruments: await rest.instruments(), symbols },
      ...{ origin, subscriptions: { spacingMs: 1 }, connectSpacingMs: 1 },
    });
    const spool = { directory: join(dataDir, 'spool'), maxBytes: 1e9, sync: false };
    const sizes = { flushMs: 250, batchRows: 5_000, queueRows: 100_000, spool };
    const writer = await TickWriter.connect(db.address, sizes, silent);
    const queues = { redis: inject('redis'), prefix: `t-${randomUUID()}` };
    try {
      await withCloseClient({ queues, db, dataDir, log: silent, concurrency: 1 }, (closeClient) =>
        ingest({
          ...{ db, feed, writer, venue, symbols, log: silent, live: false },
          close: async (ranges) => void (await closeClient.close({ venue, symbols, ranges })),
        }),
      );
    } finally {
      await feed.close();
      await writer.close();
      await exchange.close();
    }
  }
});
