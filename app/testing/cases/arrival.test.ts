import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { runCli, sharedServers } from '#app/testing/cli.ts';
import { QuestDb } from '#lib/questdb/database.ts';

const cases = process.env.TICKFOREST_CASES ?? '';

describe.skipIf(!cases)('files of other people, in their order and with their holes (needs TICKFOREST_CASES)', () => {
  let db: QuestDb;
  let directory: string;
  let venue: string;
  beforeAll(() => {
    db = new QuestDb(inject('questdb'));
    directory = mkdtempSync(join(tmpdir(), 'tickforest-cases-'));
  });
  beforeEach(() => {
    venue = `t-${randomUUID()}`;
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true, force: true });
    await db.close();
  });

  const run = (...args: string[]) =>
    runCli(args, sharedServers({ questdb: inject('questdb'), redis: inject('redis') }, directory));

  async function imported(format: string, ...args: string[]): Promise<void> {
    const ended = await run('import', format, '--venue', venue, ...args);
    expect(ended.code, ended.stderr).toBe(0);
  }

  async function bars(columns: string, start = 0) {
    await db.applied(['candles_1m']);
    const rows = await db.query<{ ts: Date } & Record<string, unknown>>(
      `select ts, ${columns} from candles_1m where venue = '${venue}' order by ts`,
    );
    return rows.map(({ ts, ...bar }) => [(ts.getTime() - start) / 60_000, ...Object.values(bar)]);
  }

  const openAndClose = async () => (await bars('open, close')).map(([, open, close]) => [open, close]);

  it('order-within-second', async () => {
    const map = 'ts=time,size=amount,symbol=AAA-USDT';
    await imported('ticks-csv', '--map', map, join(cases, 'order-within-second/trades.csv'));
    expect(await openAndClose()).toEqual([
      [100, 107],
      [110, 117],
      [120, 127],
    ]);
  });

  it('order-by-uuid', async () => {
    const map = 'ts=timestamp,event_id=trdMatchID,symbol=AAA-USDT';
    await imported('ticks-csv', '--map', map, join(cases, 'order-by-uuid/trades.csv'));
    expect(await openAndClose()).toEqual([
      [200, 205],
      [210, 215],
      [220, 225],
    ]);
  });

  it('no-side', async () => {
    const map = 'ts=time,size=amount,symbol=AAA-USDT';
    await imported('ticks-csv', '--map', map, join(cases, 'order-within-second/trades.csv'));
    expect((await bars('buy_volume, trades, sided_trades')).map(([, ...bar]) => bar)).toEqual(
      Array(3).fill([null, 8, 0]),
    );
  });

  it('archive-id-jump', async () => {
    await imported('binance-agg-trades', join(cases, 'archive-id-jump/BTCUSDT-aggTrades-2024-01-01.csv'));
    const made = await bars('trades, complete', Date.UTC(2024, 0, 1));
    const [before, after] = [made.filter(([at]) => (at as number) < 10), made.filter(([at]) => (at as number) >= 300)];
    expect(made.length).toBe(before.length + after.length);
    expect(before.map(([, trades]) => trades)).toEqual(Array(10).fill(12));
    expect(after.length).toBeGreaterThan(0);
    // The last before the hole and the first after it are not whole, as the edges of the file are not.
    expect(before.map(([, , complete]) => complete)).toEqual([false, ...Array(8).fill(true), false]);
    expect([after[0][2], after.at(-1)![2]]).toEqual([false, false]);
    const checked = await run('check', 'gaps', '--venue', venue);
    expect(checked.code).toBe(1);
    expect(checked.stdout + checked.stderr).toMatch(/missing ids/);
  });

  it('three-trades', async () => {
    const files = ['a.csv', 'b.csv'].map((name) => join(cases, 'three-trades', name));
    await imported('ticks-csv', ...files);
    expect(await bars('open, trades, complete', Date.UTC(2026, 3, 6))).toEqual([
      [0, 1.3, 1, false],
      [360, 1.4, 1, false],
      [2_520, 1.5, 1, false],
    ]);
    const checked = await run('check', 'gaps', '--venue', venue);
    expect(checked.code).toBe(1);
    expect(checked.stdout + checked.stderr).toMatch(/missed minute/);
  });

  it('id-reset', async () => {
    const folder = join(cases, 'id-reset');
    await imported('frames', '--contracts', join(folder, 'contracts.json'), join(folder, 'frames.jsonl'));
    const made = await bars('trades');
    expect(made.map(([, trades]) => trades)).toEqual([10, 10, 10]);
  });
});
