import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runCli, sharedServers } from '#app/testing/cli.ts';
import { closeMinutes } from '#jobs/candles/close.ts';
import { withCloseClient } from '#jobs/candles/close_client.ts';
import { importCandles } from '#jobs/import/candles.ts';
import { silent } from '#lib/log.ts';
import { appendRows, type NewRow } from '#lib/questdb/append.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { minute } from '#lib/time.ts';
import { begin, type Checked } from './finding.ts';
import {
  type Bar,
  barAt,
  candleRow,
  from,
  soundMarket,
  symbols,
  ticksFrom,
  to,
  tradeRow,
} from './fixtures/sound_market.ts';
import { checkGaps } from './gaps.ts';
import { type ScopeRequest, scopesOf } from './scope.ts';
import { checkCoarser, checkVolume } from './volume.ts';

const recordings = process.env.TICKFOREST_RECORDINGS;
const [a, b] = symbols;
let db: QuestDb;
let sound: string;

beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  sound = await soundMarket(db);
});
afterAll(() => db.close());

async function run(check: typeof checkGaps, venue: string, request: ScopeRequest = {}): Promise<Checked> {
  const [scope, ...others] = await scopesOf(db, { venue, ...request });
  expect(others).toEqual([]);
  return check(db, scope);
}

const after = (iso: string | null) => (iso === null ? '' : (Date.parse(iso) * 1_000 - from) / minute);

/** Findings as lines, their times in minutes of the test. */
const lines = ({ findings }: Checked) =>
  findings.map((row) => `${row.what}: ${row.symbol} ${after(row.from)}–${after(row.to)}: ${row.detail}`);

/** A row of candles_1m as the closer would have written it, in place of the one that is there. */
function ownBar(venue: string, bar: Bar, complete = true): NewRow {
  const names = { venue, symbol: bar.symbol, source: 'closer' };
  return candleRow(venue, bar, { symbols: names, booleans: { complete }, longs: { trades: 4, quotes: 0 } });
}

const put = (table: string, ...rows: NewRow[]) => appendRows(db.address, table, rows);

function gap(venue: string, event: string, since: number, until: number | null, at = until ?? since, level = 'trades') {
  return db.run('gaps/record', {
    ...{ ts: new Timestamp(at), venue, symbol: a, gap_id: `${venue}/${since}`, event, level, cause: 'cut', how: null },
    ...{ since: new Timestamp(since), until: until === null ? null : new Timestamp(until) },
  });
}

describe('on sound data', () => {
  it('both checks find nothing and say what they have looked at', async () => {
    const gaps = await run(checkGaps, sound);
    expect(gaps).toMatchObject({
      symbols: 2,
      looked: { 'one-minute bars': 360 },
      notes: [],
      findings: [],
      more: false,
    });
    const volume = await run(checkVolume, sound);
    expect(volume.looked).toEqual({
      ...{ 'one-minute bars': 360, 'bars against their ticks': 240, 'bars against the exchange’s own': 240 },
    });
    expect(volume).toMatchObject({ notes: [], findings: [], more: false });
  });

  it('healed gaps are none, at whatever level', async () => {
    const venue = await soundMarket(db);
    for (const [place, level] of ['trades', 'candles'].entries()) {
      const since = from + place * minute + 1;
      await gap(venue, 'opened', since, null);
      await gap(venue, 'bounded', since, since + 5);
      await gap(venue, 'healed', since, since + 5, since + 6, level);
    }
    expect(lines(await run(checkGaps, venue))).toEqual([]);
  });

  it('a part of the time and of the symbols is looked at alone', async () => {
    const request = { symbols: [b], days: 1 / 24 };
    const gaps = await run(checkGaps, sound, request);
    expect(gaps).toMatchObject({ symbols: 1, looked: { 'one-minute bars': 60 } });
    expect(Date.parse(gaps.to) - Date.parse(gaps.from)).toBe(3_600_000);
    const early = await run(checkVolume, sound, { to: ticksFrom });
    // Whole days are looked at: the rest of the first one is of ticks.
    expect(early.looked).toMatchObject({ 'bars against their ticks': 120 });
  });

  it('that was never closed from ticks, the check of volumes says so', async () => {
    const venue = `t-${randomUUID()}`;
    const bars = [0, 1, 2].map((i) => barAt(a, from + i * minute));
    await put('exchange_candles', ...bars.map((bar) => candleRow(venue, bar)));
    await closeMinutes(db, { venue, symbols: [], ranges: [{ from, to }] });
    const volume = await run(checkVolume, venue);
    expect(volume).toMatchObject({ notes: ['no bars of complete ticks: volume checked from 1m up'], findings: [] });
  });
});

describe('where there is nothing', () => {
  it('a check does not look like a good one', async () => {
    const venue = `t-${randomUUID()}`;
    await expect(scopesOf(db, { venue })).rejects.toThrow(`nothing to check: no ticks and no candles of ${venue}`);
    await expect(scopesOf(db, { venue: sound, symbols: [a, 'ZZZ-USDT'] })).rejects.toThrow(/of ZZZ-USDT/);
    await expect(scopesOf(db, { venue: sound, from: to + minute })).rejects.toThrow(/in that time/);
  });
});

describe('check gaps', () => {
  it('finds gaps that are open and gaps that are not healed', async () => {
    const venue = await soundMarket(db);
    await gap(venue, 'opened', from + 5 * minute, null);
    await gap(venue, 'opened', from + 7 * minute, null);
    await gap(venue, 'bounded', from + 7 * minute, from + 9 * minute);
    expect(lines(await run(checkGaps, venue))).toEqual([
      'gap is open: AAA-USDT 5–: cut',
      'gap is not healed: AAA-USDT 7–9: cut',
    ]);
    expect(lines(await run(checkGaps, venue, { from: from + 10 * minute }))).toEqual(['gap is open: AAA-USDT 5–: cut']);
  });

  it('finds each hole, and takes neither end for one', async () => {
    const lost = (bar: Bar) =>
      bar.ts < ticksFrom ? bar.symbol === b && bar.ts >= from + 10 * minute && bar.ts < from + 13 * minute : false;
    const venue = await soundMarket(db, lost);
    expect(lines(await run(checkGaps, venue))).toEqual(['no bars: BBB-USDT 10–13: 3 minutes']);
  });

  it('finds partial bars that nobody has replaced', async () => {
    const venue = await soundMarket(db);
    for (const i of [130, 131, 170]) await put('candles_1m', ownBar(venue, barAt(b, from + i * minute), false));
    expect(lines(await run(checkGaps, venue))).toEqual(['bars are partial: BBB-USDT 130–171: 3 bars']);
  });
});

describe('check volume', () => {
  it('finds a trade that is in no bar, and one that the bar does not have', async () => {
    const venue = await soundMarket(db, ({ symbol, ts }) => symbol === b && ts < ticksFrom);
    await put('ticks', tradeRow(venue, barAt(a, from + 100 * minute), 5, 100, 0.25));
    await put('ticks', tradeRow(venue, barAt(b, from + 7 * minute), 5, 100, 0.5));
    expect(lines(await run(checkVolume, venue))).toEqual([
      'traded, but there is no bar: BBB-USDT 7–8: ticks 0.5',
      expect.stringMatching(/^volume of 1m is not that of its ticks: AAA-USDT 100–101: bar 1\.\d+, ticks 1\.55/),
    ]);
  });

  it('finds a bar whose volume was changed by a 10^-8th, and not one changed by a 10^-10th', async () => {
    const venue = await soundMarket(db);
    const bar = barAt(b, from + 90 * minute);
    await put('candles_1m', ownBar(venue, { ...bar, volume: bar.volume * (1 + 1e-10) }));
    expect(lines(await run(checkVolume, venue))).toEqual([]);
    await put('candles_1m', ownBar(venue, { ...bar, volume: bar.volume * (1 + 1e-8) }));
    expect(lines(await run(checkVolume, venue))).toEqual([
      expect.stringMatching(/^volume of 1m is not that of its ticks: BBB-USDT 90–91/),
    ]);
    await put('candles_1m', ownBar(venue, { ...bar, volume: 0 }));
    expect(lines(await run(checkVolume, venue))).toHaveLength(2);
  });

  it.each(['open', 'high', 'low', 'close', 'volume'] as const)(
    'finds that the exchange states another %s',
    async (name) => {
      const venue = await soundMarket(db);
      const bar = barAt(b, from + 90 * minute);
      const other = { ...bar, [name]: bar[name] * (1 + 1e-5) };
      await put('exchange_candles', candleRow(venue, other));
      expect(lines(await run(checkVolume, venue))).toEqual([
        expect.stringMatching(new RegExp(`^bar is not as the exchange states it: BBB-USDT 90–91: ${name} .*exchange`)),
      ]);
    },
  );

  it('does not compare the prices of a minute in which nothing was traded, but its volume', async () => {
    const venue = await soundMarket(db);
    const quiet = { ...barAt(a, from + 180 * minute), volume: 0 };
    await put('ticks', {
      ...{ ts: quiet.ts, symbols: { venue, symbol: a, source: 'ws', kind: 'quote' }, strings: { event_id: '0' } },
      doubles: { price: quiet.open },
    });
    await closeMinutes(db, { venue, symbols: [a], ranges: [{ from: quiet.ts, to: quiet.ts + minute }] });
    const stated = { ...quiet, open: 9, high: 9, low: 9, close: 9 };
    await put('exchange_candles', candleRow(venue, stated));
    expect(lines(await run(checkVolume, venue))).toEqual([]);
    await put('exchange_candles', candleRow(venue, { ...stated, volume: 1 }));
    expect(lines(await run(checkVolume, venue))).toEqual([
      expect.stringMatching(/^bar is not as the exchange states it: AAA-USDT 180–181: .*volume 0, exchange 1$/),
    ]);
  });

  it('finds a coarser bar that lacks volume, a minute, or all that is inside, and one of nothing', async () => {
    // QuestDB keeps the views right by itself: a table in place of one is wrong where it is made so.
    const timeframe = `5m_${randomUUID().replaceAll('-', '')}`;
    await db.query(
      `create table candles_${timeframe} as (select * from candles_5m where venue = '${sound}') timestamp(ts)`,
    );
    const [scope] = await scopesOf(db, { venue: sound });
    const check = async () => {
      const checked = begin(scope);
      await checkCoarser(db, { ...scope, to: scope.to + 60 * minute }, checked, timeframe, 5);
      return lines(checked).map((line) => line.replace(/^volume of 5m_\w+/, 'volume of 5m'));
    };
    try {
      expect(await check()).toEqual([]);
      const at = (i: number) => `'${new Timestamp(from + i * minute)}'`;
      const where = (i: number, symbol: string) => `ts = ${at(i)} and symbol = '${symbol}'`;
      await db.query(`update candles_${timeframe} set volume = volume * 1.00000001 where ${where(0, a)}`);
      await db.query(`update candles_${timeframe} set bars = 4 where ${where(5, b)}`);
      await db.query(`update candles_${timeframe} set symbol = 'ZZZ-USDT' where ${where(10, a)}`);
      await db.query(
        `insert into candles_${timeframe} (ts, venue, symbol, volume, bars) values (${at(185)}, '${sound}', '${a}', 2.0, 1)`,
      );
      await db.applied([`candles_${timeframe}`]);
      const found = await check();
      expect(found).toEqual([
        expect.stringMatching(
          /^volume of 5m is not that of its minutes: AAA-USDT 0–5: bar 6\.5\d+ of 5 minutes, minutes 6\.5/,
        ),
        expect.stringMatching(/^volume of 5m is not that of its minutes: BBB-USDT 5–10: .* of 4 minutes, .* of 5$/),
        expect.stringMatching(/AAA-USDT 10–15: bar 0 of 0 minutes/),
        'volume of 5m is not that of its minutes: AAA-USDT 185–190: bar 2 of 1 minutes, minutes 0 of 0',
      ]);
    } finally {
      await db.query(`drop table candles_${timeframe}`);
    }
  });
});

describe('./tickforest check', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tickforest-checks-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const address = () => sharedServers({ questdb: inject('questdb'), redis: inject('redis') }, directory);

  it('ends with 0 on sound data, with 1 and the list on other, and with 1 on nothing', async () => {
    const good = await runCli(['check', 'volume', '--venue', sound, '--json'], address());
    expect([good.code, JSON.parse(good.stdout)]).toMatchObject([0, { check: 'volume', sound: true }]);
    const venue = await soundMarket(db);
    await gap(venue, 'opened', from + 5 * minute, null);
    const bad = await runCli(['check', 'gaps', '--venue', venue], address());
    expect(bad.code).toBe(1);
    expect(bad.stdout).toMatch(/gap is open.*AAA-USDT.*2026-03-03T22:05/);
    expect(bad.stderr).toContain('check gaps: 1 findings');
    const none = await runCli(['check', 'gaps', '--venue', 'nowhere'], address());
    expect([none.code, none.stdout]).toEqual([1, '']);
    expect(none.stderr).toContain('nothing to check');
  });
});

describe.skipIf(!recordings)('on recorded candles (needs TICKFOREST_RECORDINGS)', () => {
  it('both checks are silent, for no minute is missing there', async () => {
    const venue = `t-${randomUUID()}`;
    const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-checks-'));
    const paths = ['SOL-USDT', 'ADA-USDT'].map((symbol) => join(recordings!, 'candles-1m', `${symbol}.csv.gz`));
    const queues = { redis: inject('redis'), prefix: venue };
    const imported = await withCloseClient({ queues, db, dataDir: '', log: silent, concurrency: 1 }, (closeClient) =>
      importCandles({ db, closeClient, config: { dataDir } }, { paths, venue }),
    );
    const gaps = await run(checkGaps, venue);
    expect(gaps).toMatchObject({ looked: { 'one-minute bars': imported.rows }, findings: [] });
    const volume = await run(checkVolume, venue);
    expect(volume).toMatchObject({ findings: [], notes: ['no bars of complete ticks: volume checked from 1m up'] });
  });
});
