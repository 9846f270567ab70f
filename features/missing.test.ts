import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runCli, sharedServers } from '#app/testing/cli.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { catalogue } from './catalogue.ts';
import { fillFeatures } from './fill.ts';
import { missing } from './missing.ts';
import { errorOf } from './testing/relative_error.ts';
import { ownVenue, type StoredBar, storeBars, storedRows } from './testing/stored_market.ts';
import { walk } from './testing/walk.ts';

let db: QuestDb;
beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterAll(() => db.close());

const timeframe = '1m';
const onlyMissing = true;
const symbols = ['BTC-USDT', 'A-USDT'];

/** Runs of 410 bars with a minute missing between them: each takes statements of its own. */
function brokenMarket(runs: number): StoredBar[] {
  return symbols.flatMap((symbol, k) =>
    walk(411 * runs, 81 + k)
      .filter((_, i) => i % 411 !== 410)
      .map((bar) => ({ ...bar, symbol, venue: '' })),
  );
}

async function stored(bars: readonly StoredBar[], venue = ownVenue()): Promise<string> {
  await storeBars(
    db,
    bars.map((bar) => ({ ...bar, venue })),
  );
  return venue;
}

/** When each row was made, by symbol and time. */
async function makings(venue: string): Promise<Map<string, number>> {
  const rows = await storedRows(db, 'features_1m', venue);
  return new Map(rows.map((row) => [`${row.symbol} ${row.time}`, (row.computed_at as Date).getTime()]));
}

/** The features whose stored values are not those of the same bars filled at once. */
async function differences(venue: string, bars: readonly StoredBar[]): Promise<string[]> {
  const whole = await stored(bars);
  await fillFeatures(db, { venue: whole, timeframe });
  const [part, all] = [await storedRows(db, 'features_1m', venue), await storedRows(db, 'features_1m', whole)];
  expect(part.map((row) => [row.symbol, row.time])).toEqual(all.map((row) => [row.symbol, row.time]));
  return catalogue()
    .filter(({ name }) => part.some((row, i) => !(errorOf(row[name], all[i][name] as number, 1e-4) <= 1e-7)))
    .map(({ name }) => name);
}

describe('a fill of what is missing', () => {
  it('goes on where another was cut off between two statements, and writes nothing twice', async () => {
    const bars = brokenMarket(6);
    const venue = await stored(bars);
    let turns = 0;
    const turn = async () => {
      if (++turns > 5) throw new Error('cut off');
    };
    await expect(fillFeatures(db, { venue, timeframe, turn })).rejects.toThrow('cut off');
    await db.applied(['features_1m']);
    const before = await makings(venue);
    expect(before.size).toBeGreaterThan(0);
    expect(before.size).toBeLessThan(120);
    const filled = await fillFeatures(db, { venue, timeframe, onlyMissing });
    expect(filled).toMatchObject({ rows: 120 - before.size, kept: before.size, skipped: [] });
    const after = await makings(venue);
    expect([...before].filter(([row, made]) => after.get(row) !== made)).toEqual([]);
    expect(await differences(venue, bars)).toEqual([]);
    expect(await fillFeatures(db, { venue, timeframe, onlyMissing })).toMatchObject({ rows: 0, kept: 120, symbols: 0 });
  });

  it('goes on within a run from the rows that are stored, and begins anew where they are too few', async () => {
    const bars = symbols.flatMap((symbol, k) =>
      walk(700, 91 + k, Date.UTC(2026, 0, 31, 14)).map((bar) => ({ ...bar, symbol, venue: '' })),
    );
    const venue = await stored(bars);
    const at = (i: number) => bars[i].time * 1000;
    await fillFeatures(db, { venue, timeframe, symbols: ['BTC-USDT'], to: at(599) });
    await fillFeatures(db, { venue, timeframe, symbols: ['A-USDT'], to: at(405) });
    const filled = await fillFeatures(db, { venue, timeframe, onlyMissing });
    expect(filled).toMatchObject({ rows: 100 + 294, kept: 200 + 6, bars: 1_400, symbols: 2, resumed: 1 });
    expect(await differences(venue, bars)).toEqual([]);
  });

  it('takes in what a bar that was changed has a say in, of all symbols, and what another definition made', async () => {
    const bars = symbols.flatMap((symbol, k) => walk(450, 95 + k).map((bar) => ({ ...bar, symbol, venue: '' })));
    const venue = await stored(bars);
    await fillFeatures(db, { venue, timeframe });
    const changed = bars.map((bar, i) => (i === 430 ? { ...bar, high: bar.high * 1.01 } : bar));
    await storeBars(db, [{ ...changed[430], venue }], Date.now());
    const filled = await fillFeatures(db, { venue, timeframe, onlyMissing });
    expect(filled).toMatchObject({ rows: 2 * 20, kept: 2 * 30, resumed: 2 });
    expect(await differences(venue, changed)).toEqual([]);
    const names = Object.keys((await storedRows(db, 'features_1m', venue))[0]).filter((name) => name !== 'time');
    const older = names.map((name) => (name === 'set_hash' ? `'older'` : name));
    await db.query(
      `INSERT INTO features_1m (${names.join()}) SELECT ${older.join()} FROM features_1m
       WHERE venue = '${venue}' AND symbol = 'A-USDT' AND ts > '${new Date(bars[439].time).toISOString()}'`,
    );
    expect(await fillFeatures(db, { venue, timeframe, onlyMissing })).toMatchObject({ rows: 10, kept: 90 });
  });

  it('follows on a process that was killed in the midst of its work', async () => {
    const bars = brokenMarket(16);
    const venue = await stored(bars);
    const directory = mkdtempSync(join(tmpdir(), 'tickforest-killed-'));
    const env = sharedServers({ questdb: inject('questdb'), redis: inject('redis') }, directory);
    const fill = ['features', 'fill', '--venue', venue];
    try {
      const main = fileURLToPath(new URL('../app/cli/main.ts', import.meta.url));
      const child = spawn(process.execPath, [main, ...fill], { env: { ...process.env, ...env }, stdio: 'ignore' });
      const gone = once(child, 'exit');
      const count = async () =>
        Number((await db.query(`SELECT count() n FROM features_1m WHERE venue = '${venue}'`))[0].n);
      while ((await count()) === 0 && child.exitCode === null) await sleep(20);
      child.kill('SIGKILL');
      await gone;
      // What the server had begun when its client went away may still come.
      for (let last = -1, now = 0; last !== now; now = await count()) {
        last = now;
        await sleep(1_000);
      }
      const before = await makings(venue);
      expect(before.size).toBeLessThan(320);
      const { code, stdout } = await runCli([...fill, '--symbols', symbols.join(), '--json'], env);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ rows: 320 - before.size, kept: before.size, nulls: 0 });
      const after = await makings(venue);
      expect([...before].filter(([row, made]) => after.get(row) !== made)).toEqual([]);
      expect(after.size).toBe(320);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe('missing', () => {
  const run = { symbol: 'A-USDT', first: 0, last: 99, bars: 100 };
  const piece = { run, first: 40, last: 99, bars: 60 };
  const spell = (first: number, last: number, symbol = 'A-USDT') => ({ symbol, first, last });
  const spans = (parts: readonly { first: number; last: number; bars: number }[]) =>
    parts.map(({ first, last, bars }) => [first, last, bars]);
  const of = (...spells: ReturnType<typeof spell>[]) => {
    const { fresh, behind } = missing([piece], spells, 1, 5);
    return { fresh: spans(fresh), behind: spans(behind) };
  };

  it('is all where nothing stands, and nothing where all does', () => {
    expect(of()).toEqual({ fresh: [[40, 99, 60]], behind: [] });
    expect(of(spell(40, 99))).toEqual({ fresh: [], behind: [] });
    expect(of(spell(40, 99, 'B-USDT'))).toEqual({ fresh: [[40, 99, 60]], behind: [] });
  });

  it('goes on behind spells of the same run that are long enough', () => {
    expect(of(spell(40, 59))).toEqual({ fresh: [], behind: [[60, 99, 40]] });
    expect(of(spell(40, 43))).toEqual({ fresh: [[44, 99, 56]], behind: [] });
    // Rows before the piece are not of this run.
    expect(of(spell(0, 43))).toEqual({ fresh: [[44, 99, 56]], behind: [] });
    expect(of(spell(50, 59), spell(70, 72), spell(90, 99))).toEqual({
      fresh: [
        [40, 49, 10],
        [73, 89, 17],
      ],
      behind: [[60, 69, 10]],
    });
  });
});
