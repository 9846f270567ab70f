import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { QuestDb } from '#lib/questdb/database.ts';
import { catalogue, setHash } from './catalogue.ts';
import { fillFeatures } from './fill.ts';
import { rebuildFeatures } from './rebuild.ts';
import { errorOf } from './testing/relative_error.ts';
import { ownVenue, storeBars, storedRows } from './testing/stored_market.ts';
import { walk } from './testing/walk.ts';

let db: QuestDb;
beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterAll(() => db.close());

const timeframe = '1m';

describe('rebuildFeatures', () => {
  it('makes rows of another definition anew, and says which it had to leave', async () => {
    const venue = ownVenue();
    const bars = walk(405, 3).map((bar) => ({ ...bar, venue, symbol: 'A-USDT' }));
    await storeBars(db, bars);
    await fillFeatures(db, { venue, timeframe });
    const made = await storedRows(db, 'features_1m', venue);
    expect(await rebuildFeatures(db, { venue, timeframe })).toMatchObject({ outdated: 0, filled: null });

    // Two rows as an earlier version made them, and one of a bar that has none now.
    const earlier = (time: number) =>
      db.query(
        `INSERT INTO features_1m (ts, venue, symbol, close, hl2, set_hash)
         VALUES ('${new Date(time).toISOString()}', '${venue}', 'A-USDT', 1, -1, 'earlier')`,
      );
    for (const i of [401, 402, 390]) await earlier(bars[i].time);
    await db.applied(['features_1m']);
    expect(await rebuildFeatures(db, { venue, timeframe })).toMatchObject({
      outdated: 3,
      left: 1,
      filled: { rows: 2, kept: 3 },
    });
    const [left, ...rows] = await storedRows(db, 'features_1m', venue);
    expect(left).toMatchObject({ time: bars[390].time, set_hash: 'earlier', hl2: -1 });
    expect(rows.map((row) => row.time)).toEqual(made.map((row) => row.time));
    // They may go on from other rows than before, as far back as no bar has a say any more.
    const off = catalogue().filter(({ name }) =>
      rows.some((row, i) => errorOf(row[name], made[i][name] as number) > 1e-7),
    );
    expect(off).toEqual([]);
    expect(new Set(rows.map((row) => row.set_hash))).toEqual(new Set([setHash(timeframe)]));
  });
});
