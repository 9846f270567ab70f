import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { QuestDb } from '#lib/questdb/database.ts';
import { catalogue, families } from './catalogue.ts';
import { type Filled, fillFeatures } from './fill.ts';
import type { Bar } from './testing/bars.ts';
import { errorOf } from './testing/relative_error.ts';
import { ownVenue, type StoredBar, storeBars, storedRows } from './testing/stored_market.ts';
import { walk } from './testing/walk.ts';

let db: QuestDb;
beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterAll(() => db.close());

const timeframe = '1m';
const symbols = ['BTC-USDT', 'A-USDT', 'B-USDT'];
/** The widest window, and what a file recalls: a symbol can go on only when so much lies before. */
const recalled = 20;

function market(count: number, start: number): StoredBar[][] {
  const series = symbols.map((symbol, k) =>
    walk(count, 31 + k, start, 100 / 10 ** k).map((bar) => ({ ...bar, symbol, venue: '' })),
  );
  return Array.from({ length: count }, (_, i) => series.map((bars) => bars[i]));
}

const of = (minutes: StoredBar[][], venue: string) => minutes.flat().map((bar) => ({ ...bar, venue }));
const micros = (bar: Bar) => bar.time * 1000;

/**
 * The worst relative error of each feature that is off, of the rows of one venue against those of another.
 * @param floor what errors of numbers nearer to 0 are measured against, for differences of nearly equal numbers come there
 */
async function differences(venue: string, whole: string, floor = 1e-4) {
  const [part, all] = [await storedRows(db, 'features_1m', venue), await storedRows(db, 'features_1m', whole)];
  expect(part.map((row) => [row.symbol, row.time])).toEqual(all.map((row) => [row.symbol, row.time]));
  return catalogue()
    .map(({ name }) => ({
      name,
      error: Math.max(...part.map((row, i) => errorOf(row[name], all[i][name] as number, floor))),
    }))
    .filter(({ error }) => !(error <= 1e-7));
}

async function whole(minutes: StoredBar[][]): Promise<string> {
  const venue = ownVenue();
  await storeBars(db, of(minutes, venue));
  await fillFeatures(db, { venue, timeframe });
  return venue;
}

/** Fills what stands there first, then goes on in steps of so many minutes. */
async function stepwise(minutes: StoredBar[][], first: number, steps: number[]): Promise<[string, Filled[]]> {
  const venue = ownVenue();
  await storeBars(db, of(minutes.slice(0, first), venue));
  await fillFeatures(db, { venue, timeframe });
  const filled: Filled[] = [];
  for (let at = first, k = 0; at < minutes.length; at += steps[k++ % steps.length]) {
    const next = minutes.slice(at, at + steps[k % steps.length]);
    await storeBars(db, of(next, venue));
    filled.push(await fillFeatures(db, { venue, timeframe, from: micros(next[0][0]), resume: true }));
  }
  return [venue, filled];
}

describe('features that go on from stored rows', () => {
  it('equal those computed at once, over a month’s end at 00:00 UTC', async () => {
    // 430 bars, then 30 to the end of January and 40 of February.
    const minutes = market(500, Date.UTC(2026, 0, 31, 16, 20));
    const [venue, filled] = await stepwise(minutes, 430, [1, 7, 1, 20, 2]);
    expect(filled.every(({ resumed }) => resumed === symbols.length)).toBe(true);
    expect(await differences(venue, await whole(minutes))).toEqual([]);
  });

  it('equal them over 00:00 UTC within a month', async () => {
    const minutes = market(490, Date.UTC(2026, 0, 14, 16, 50));
    const [venue, filled] = await stepwise(minutes, 425, [1, 4, 16]);
    expect(filled.every(({ resumed }) => resumed === symbols.length)).toBe(true);
    expect(await differences(venue, await whole(minutes))).toEqual([]);
  });

  it('do not go on over a hole, nor from too few rows', async () => {
    const minutes = market(980, Date.UTC(2026, 0, 14));
    // The minute 440 is missing; the rows begin anew with the bar 841.
    const broken = minutes.toSpliced(440, 1);
    const venue = ownVenue();
    await storeBars(db, of(broken.slice(0, 430), venue));
    await fillFeatures(db, { venue, timeframe });
    const next = async (from: number, to: number) => {
      await storeBars(db, of(broken.slice(from, to), venue));
      const [bar] = broken[from];
      return fillFeatures(db, { venue, timeframe, from: micros(bar), resume: true });
    };
    expect(await next(430, 440)).toMatchObject({ rows: 30, resumed: 3 });
    expect(await next(440, 841)).toMatchObject({ rows: 3, resumed: 0 });
    expect(await next(841, 841 + recalled - 1)).toMatchObject({ resumed: 0 });
    expect(await next(840 + recalled, 850 + recalled)).toMatchObject({ rows: 30, resumed: 3 });
    await next(850 + recalled, broken.length);
    expect(await differences(venue, await whole(broken))).toEqual([]);
  });

  it('do not go on from rows whose bar was changed, or of another definition', async () => {
    const minutes = market(460, Date.UTC(2026, 0, 14));
    const venue = ownVenue();
    await storeBars(db, of(minutes.slice(0, 450), venue));
    await fillFeatures(db, { venue, timeframe });
    // A bar of A-USDT becomes known again, an hour later.
    await storeBars(db, [{ ...minutes[445][1], venue }], minutes[445][1].time + 61 * 60_000);
    await storeBars(db, of(minutes.slice(450), venue));
    const from = micros(minutes[450][0]);
    expect(await fillFeatures(db, { venue, timeframe, from, resume: true })).toMatchObject({ rows: 30, resumed: 2 });
    // As if an earlier version had made them.
    const columns = await db.query<{ column: string }>(`SELECT "column" FROM table_columns('features_1m')`);
    const names = columns.map(({ column }) => column);
    const older = names.map((name) => (name === 'set_hash' ? `'older' AS set_hash` : name));
    await db.query(
      `INSERT INTO features_1m (${names.join()}) SELECT ${older.join()} FROM features_1m
       WHERE venue = '${venue}' AND symbol = 'B-USDT' AND ts = '${new Date(minutes[449][0].time).toISOString()}'`,
    );
    await db.applied(['features_1m']);
    expect(await fillFeatures(db, { venue, timeframe, from, resume: true })).toMatchObject({ rows: 30, resumed: 1 });
    await fillFeatures(db, { venue, timeframe, from: from - 60_000_000 });
    expect(await differences(venue, await whole(minutes))).toEqual([]);
  });

  it('are made behind a hole that is healed long after it was passed', async () => {
    const { fillNewFeatures } = await import('#jobs/features/fill_new.ts');
    const minutes = market(860, Date.UTC(2026, 0, 14));
    const venue = ownVenue();
    const holed = minutes.map((row, i) => (i === 410 ? row.slice(0, 2) : row));
    await storeBars(db, of(holed.slice(0, 840), venue));
    // Of B-USDT the bars 400 to 409 and those after 810.
    expect(await fillNewFeatures(db, venue)).toMatchObject({ rows: 2 * 440 + 10 + 29, symbols: 3 });
    await storeBars(db, of(holed.slice(840, 850), venue), Date.now());
    await fillNewFeatures(db, venue);
    await storeBars(db, [{ ...minutes[410][2], venue }], Date.now());
    await fillNewFeatures(db, venue);
    await storeBars(db, of(minutes.slice(850), venue), Date.now());
    await fillNewFeatures(db, venue);
    // A CCI that crosses 0, out of hundreds, is the residue of running sums that began elsewhere.
    expect(await differences(venue, await whole(minutes), 1e-3)).toEqual([]);
  });

  it('are looked for anew where another table has taken the place of the one that was found whole', async () => {
    const { fillNewFeatures } = await import('#jobs/features/fill_new.ts');
    const minutes = market(440, Date.UTC(2026, 0, 14));
    const venue = ownVenue();
    await storeBars(db, of(minutes.slice(0, 430), venue));
    expect(await fillNewFeatures(db, venue)).toMatchObject({ rows: 90 });
    await storeBars(db, of(minutes.slice(430), venue));
    const rows = db.rows.bind(db);
    const counted = vi.spyOn(db, 'rows').mockImplementation(async (name, parameters) => {
      const answer = await rows(name, parameters);
      return name === 'features/last_writes' ? [{ ...answer[0], number: 1 }] : answer;
    });
    try {
      expect(await fillNewFeatures(db, venue)).toMatchObject({ rows: 30, symbols: 3 });
    } finally {
      counted.mockRestore();
    }
  });

  it('are found by what they lack: new bars, a changed one, and after a restart', async () => {
    const { fillNewFeatures } = await import('#jobs/features/fill_new.ts');
    const minutes = market(470, Date.UTC(2026, 0, 14));
    const venue = ownVenue();
    await storeBars(db, of(minutes.slice(0, 440), venue));
    expect(await fillNewFeatures(db, venue)).toMatchObject({ rows: 120, symbols: 3 });
    expect(await fillNewFeatures(db, venue)).toMatchObject({ rows: 0, symbols: 0 });
    await storeBars(db, of(minutes.slice(440, 441), venue), Date.now());
    expect(await fillNewFeatures(db, venue)).toMatchObject({ rows: 3, symbols: 3 });
    // A bar of one symbol changes: all are made again from there on, since each looks at the whole market.
    const [bar] = minutes[430];
    const changed = { ...bar, venue, high: bar.high * 1.01 };
    await storeBars(db, [changed], Date.now());
    expect(await fillNewFeatures(db, venue)).toMatchObject({ rows: 33, symbols: 3 });
    // A symbol that comes late has its bars made when they have come, and the others' again.
    await storeBars(
      db,
      of(minutes.slice(441, 450), venue).filter(({ symbol }) => symbol !== 'B-USDT'),
      Date.now(),
    );
    expect(await fillNewFeatures(db, venue)).toMatchObject({ rows: 18 });
    await storeBars(
      db,
      of(minutes.slice(441, 450), venue).filter(({ symbol }) => symbol === 'B-USDT'),
      Date.now(),
    );
    expect(await fillNewFeatures(db, venue)).toMatchObject({ rows: 27 });
    vi.resetModules();
    const restarted = await import('#jobs/features/fill_new.ts');
    const { QuestDb: NewQuestDb } = await import('#lib/questdb/database.ts');
    const newDb = new NewQuestDb(inject('questdb'));
    await storeBars(db, of(minutes.slice(450), venue));
    expect(await restarted.fillNewFeatures(newDb, venue)).toMatchObject({ rows: 60, symbols: 3 });
    await newDb.close();
    const expected = minutes.map((row, i) => (i === 430 ? [changed, ...row.slice(1)] : row));
    expect(await differences(venue, await whole(expected))).toEqual([]);
  });

  it('know every family: each says how many bars its windows need', () => {
    expect(
      Math.max(
        ...families()
          .filter(({ recalls }) => recalls.length > 0)
          .map(({ window }) => window),
      ),
    ).toBe(recalled);
  });
});
