import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { rebuildFeatures } from '#features/rebuild.ts';
import { ownVenue, storeBars } from '#features/testing/stored_market.ts';
import { walk } from '#features/testing/walk.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { prepareFrame } from './prepared_window.ts';
import type { TrainJob } from './run.ts';
import { storedRun, trainModel } from './train_model.ts';

const start = Date.UTC(2026, 3, 6);
const count = 1_100;

describe('a window that was prepared before', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-prepared-'));
  const venue = ownVenue();
  const bars = ['A', 'B'].flatMap((symbol, i) => walk(count, i + 1, start).map((bar) => ({ ...bar, venue, symbol })));
  const request = { venue, configured: [], timeframe: '1m', horizon: 5, symbols: 2, bars: 600 } as const;
  let db: QuestDb;
  beforeAll(async () => {
    db = new QuestDb(inject('questdb'));
    await storeBars(db, bars, Date.now());
  });
  afterAll(async () => {
    await db.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** Whether it was answered without filling anything: a fill reports its progress. */
  async function prepare(asked: Parameters<typeof prepareFrame>[1] = request) {
    let filled = false;
    const prepared = await prepareFrame({ db, dataDir }, asked, () => {
      filled = true;
    });
    return { prepared, filled };
  }
  const jobOf = ({
    window,
    frame,
    excludedShare,
    excludedWhy,
  }: Awaited<ReturnType<typeof prepareFrame>>): TrainJob => ({
    ...{ model: 'risk_scorer', window, frame, folds: 3, walk: 'expanding', seed: 1, feeBp: 6, shuffled: false },
    ...{ allowSimulated: false, excludedShare, excludedWhy },
  });

  it('is known while nothing has changed, and so is the run on it', async () => {
    const first = await prepare();
    expect(first.filled).toBe(true);
    const job = jobOf(first.prepared);
    expect(await storedRun(db, dataDir, job)).toBeUndefined();
    const run = await trainModel(db, dataDir, job);
    const again = await prepare();
    expect(again).toEqual({ prepared: first.prepared, filled: false });
    expect(await storedRun(db, dataDir, jobOf(again.prepared))).toEqual(run);
    expect(await storedRun(db, dataDir, { ...job, seed: 2 })).toBeUndefined();
    // Its row is written last: a run without one is not stored yet.
    expect(await storedRun(db, dataDir, { ...job, frame: { ...job.frame!, digest: 'other' } })).toBeUndefined();
  });

  it('is prepared anew for another request, after a rebuild of its features, and where its frame is gone', async () => {
    expect((await prepare({ ...request, bars: 550 })).filled).toBe(true);
    const { prepared } = await prepare();
    await rebuildFeatures(db, { venue, timeframe: '1m', force: true });
    const rebuilt = await prepare();
    expect(rebuilt.filled).toBe(true);
    // The same values: the same frame, and the same run.
    expect(rebuilt.prepared.frame).toEqual(prepared.frame);
    expect(await storedRun(db, dataDir, jobOf(rebuilt.prepared))).toBeDefined();
    const file = join(dataDir, prepared.frame.file);
    rmSync(file);
    expect((await prepare()).filled).toBe(true);
    expect(existsSync(file)).toBe(true);
  });

  it('is another once a bar has changed, also one after its end that only labels see', async () => {
    const { prepared } = await prepare();
    // The window ends five bars before the last one.
    const last = bars.find(({ time, symbol }) => symbol === 'A' && time === start + (count - 1) * 60_000)!;
    await storeBars(db, [{ ...last, low: last.low - 5 }], Date.now());
    const changed = await prepare();
    expect(changed.filled).toBe(true);
    expect(changed.prepared.window).toEqual(prepared.window);
    expect(changed.prepared.frame.digest).not.toBe(prepared.frame.digest);
    expect(await storedRun(db, dataDir, jobOf(changed.prepared))).toBeUndefined();
  });

  it('passes over a symbol whose bars lack something, unless it was named', async () => {
    const own = ownVenue();
    const lacking = walk(count, 7, start).map((bar) => ({ ...bar, venue: own, symbol: 'L', high: Number.NaN }));
    await storeBars(db, [...bars.map((bar) => ({ ...bar, venue: own })), ...lacking], Date.now());
    const { prepared } = await prepare({ ...request, venue: own, symbols: 3 });
    expect(prepared.window.symbols.toSorted()).toEqual(['A', 'B']);
    expect(prepared.skipped).toEqual([
      { symbol: 'L', reason: expect.stringMatching(/^\d+ of its rows have no finite \w+$/) },
    ]);
    expect((await prepare({ ...request, venue: own, symbols: 3 })).filled).toBe(false);
    await expect(prepare({ ...request, venue: own, symbols: ['A', 'L'] })).rejects.toThrow(/not finite: L: no finite/);
  });

  it('does not train on a file that is not what it is named after', async () => {
    const { prepared } = await prepare();
    const other = { digest: 'f'.repeat(64), file: join('frames', `${'f'.repeat(64)}.parquet`) };
    writeFileSync(join(dataDir, other.file), '');
    await expect(trainModel(db, dataDir, { ...jobOf(prepared), frame: other })).rejects.toThrow(/could not be read/);
    rmSync(join(dataDir, other.file));
    await expect(trainModel(db, dataDir, { ...jobOf(prepared), frame: other })).rejects.toThrow(
      /rows that this began with are not those of its window any more/,
    );
  });
});
