import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runCli, sharedServers } from '#app/testing/cli.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { refuseMostlyRefused, type Taken } from './min_share.ts';

const taken = (rows: number, rejected_by_reason: { [reason: string]: number } = {}, path = 'a.csv'): Taken => {
  const rejected = Object.values(rejected_by_reason).reduce((sum, each) => sum + each, 0);
  const examples = Object.fromEntries(Object.keys(rejected_by_reason).map((reason) => [reason, `a line of ${reason}`]));
  return { path, rows, rejected, rejected_by_reason, examples };
};

describe('refuseMostlyRefused', () => {
  const refuse =
    (files: Taken[], minShare = 0.5, mapped = true) =>
    () =>
      refuseMostlyRefused(files, minShare, mapped);
  const sentence = (text: RegExp) => expect.objectContaining({ sentence: expect.stringMatching(text) });

  it('names the main reason, an example of it, and an option that helps', () => {
    const bad = taken(2, { 'time is out of range': 5, 'malformed row': 1 });
    const said =
      /^Of 8 rows in a.csv, 2 were taken; 5 .*"time is out of range", for example a line of time is out of range\. .*--time-unit.*--min-share 0/;
    expect(refuse([taken(9), bad])).toThrow(sentence(said));
    expect(refuse([bad], 0.5, false)).toThrow(sentence(/rejected_ticks/));
    expect(refuse([bad], 0.5, false)).not.toThrow(sentence(/--time-unit/));
  });

  it('is content with as much as is asked for, and never with nothing', () => {
    expect(refuse([taken(5, { 'malformed row': 5 })])).not.toThrow();
    expect(refuse([taken(5, { 'malformed row': 5 })], 0.51)).toThrow(sentence(/5 were taken/));
    expect(refuse([taken(1, { 'malformed row': 99 })], 0)).not.toThrow();
    expect(refuse([taken(0, { 'malformed row': 1 })], 0)).toThrow(sentence(/0 were taken/));
    expect(refuse([taken(0), taken(3)])).not.toThrow();
    expect(refuse([taken(0, {}, 'b.csv'), taken(0)])).toThrow(sentence(/Nothing was taken: b.csv, a.csv have no rows/));
  });
});

describe('an import of which too little was taken', () => {
  let directory: string;
  let db: QuestDb;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'tickforest-min-share-'));
    db = new QuestDb(inject('questdb'));
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true, force: true });
    await db.close();
  });

  function run(format: string, name: string, content: string, ...options: string[]) {
    writeFileSync(join(directory, name), content);
    const settings = sharedServers({ questdb: inject('questdb'), redis: inject('redis') }, directory);
    return runCli(['import', format, ...options, join(directory, name)], settings);
  }

  it('ends with 1 after its report, keeps what was sound, and can be told to be content', async () => {
    const bad = 'ts,price,size\n1772359200000,1,1\n1772359201000,1,zero\n1772359202000,1,none\n';
    const how = ['--venue', 't-min-share', '--map', 'symbol=A-USDT'];
    const ended = await run('ticks-csv', 'a.csv', bad, ...how);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/2 rejected: size is not a number/);
    expect(ended.stderr).toMatch(
      /Of 3 rows in a.csv, 1 were taken; 2 were refused because of "size is not a number", for example/,
    );
    await db.applied(['ticks']);
    expect(await db.query(`select count() n from ticks where venue = 't-min-share'`)).toEqual([{ n: 1 }]);
    expect((await run('ticks-csv', 'a.csv', bad, ...how, '--min-share', '0.3')).code).toBe(0);
    const odd = await run('ticks-csv', 'a.csv', bad, ...how, '--min-share', 'half');
    expect([odd.code, odd.stderr]).toEqual([1, expect.stringMatching(/from 0 to 1/)]);
  });

  it('ends with 1 where nothing was taken, of candles and of Binance too', async () => {
    const candles = await run(
      'candles-csv',
      'B-USDT.csv',
      'time,open,high,low,close,volume\n17,1,1,1,1,1\n',
      '--venue',
      't-x',
    );
    expect([candles.code, candles.stderr]).toEqual([
      1,
      expect.stringMatching(/"open_time is out of range".*--time-unit/),
    ]);
    const trades = await run(
      'binance-trades',
      'BTCUSDT-trades-2024-08-08.csv',
      '1,61800,0.1,1,17,true\n',
      '--venue',
      't-x',
    );
    expect([trades.code, trades.stderr]).toEqual([1, expect.stringMatching(/"time is out of range".*rejected_ticks/)]);
    expect(trades.stderr).not.toContain('--time-unit');
  });
});
