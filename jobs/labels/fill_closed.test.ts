import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { ownVenue, storeBars, storedRows } from '#features/testing/stored_market.ts';
import { walk } from '#features/testing/walk.ts';
import { storeSpeakingRun } from '#jobs/predict/testing/speaking_run.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { fillClosedLabels } from './fill_closed.ts';

const start = Date.UTC(2026, 2, 2);
const at = (i: number) => start + i * 60_000;
const bars = { 'A-USDT': walk(420, 1, start), 'B-USDT': walk(420, 2, start) };
let db: QuestDb;
let dataDir: string;
beforeAll(() => {
  db = new QuestDb(inject('questdb'));
  dataDir = mkdtempSync(join(tmpdir(), 'tickforest-labels-'));
});
afterAll(async () => {
  rmSync(dataDir, { recursive: true, force: true });
  await db.close();
});

it('labels each bar once its horizon has closed, and none before', async () => {
  const venue = ownVenue();
  const store = (symbol: keyof typeof bars, first: number, last: number) =>
    storeBars(
      db,
      bars[symbol].slice(first, last + 1).map((bar) => ({ ...bar, venue, symbol })),
    );
  const labelled = async (symbol: string) => {
    const rows = await storedRows(db, 'labels_1m', venue, symbol);
    return rows.map(({ time }) => (time - start) / 60_000);
  };
  await store('A-USDT', 0, 400);
  await store('B-USDT', 0, 400);
  // No run predicts yet: there is no horizon to label at.
  expect(await fillClosedLabels(db, { venue, timeframe: '1m' })).toEqual({ rows: 0, horizons: [] });
  await storeSpeakingRun(db, dataDir, { venue, runId: 'r', until: at(390) * 1000 });
  expect(await fillClosedLabels(db, { venue, timeframe: '1m' })).toMatchObject({ horizons: [5] });
  const first = await labelled('A-USDT');
  expect(first.at(-1)).toBe(395);
  expect(await fillClosedLabels(db, { venue, timeframe: '1m' })).toEqual({ rows: 0, horizons: [5] });

  // One symbol goes on, the other is late and comes with a hole.
  await store('A-USDT', 401, 403);
  expect(await fillClosedLabels(db, { venue, timeframe: '1m' })).toEqual({ rows: 3, horizons: [5] });
  expect(await labelled('A-USDT')).toEqual([...first, 396, 397, 398]);
  expect((await labelled('B-USDT')).at(-1)).toBe(395);
  await store('B-USDT', 402, 403);
  await fillClosedLabels(db, { venue, timeframe: '1m' });
  expect((await labelled('B-USDT')).at(-1)).toBe(395);
});
