import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { fillFeatures } from '#features/fill.ts';
import { ownVenue, storeBars } from '#features/testing/stored_market.ts';
import { walk } from '#features/testing/walk.ts';
import { answerBars } from '#jobs/predict/answer_bars.ts';
import { storeSpeakingRun } from '#jobs/predict/testing/speaking_run.ts';
import { configSchema } from '#lib/config.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import type { Checked } from './finding.ts';
import { checkParity } from './parity.ts';

const { signals: limits } = configSchema.parse({});

const minute = 60_000;
const symbols = ['A-USDT', 'BTC-USDT'];
const count = 430;
const start = Date.UTC(2026, 2, 2);
/** The bar that the signals are about. */
const newest = start + (count - 1) * minute;
const model = 'direction_predictor';
let db: QuestDb;
let dataDir: string;

beforeAll(() => {
  db = new QuestDb(inject('questdb'));
  dataDir = mkdtempSync(join(tmpdir(), 'tickforest-parity-test-'));
});
afterAll(async () => {
  rmSync(dataDir, { recursive: true, force: true });
  await db.close();
});

/** A venue with features of two symbols, and a model of two of them that has predicted its newest bar. */
async function predicted(): Promise<string> {
  const venue = ownVenue();
  const bars = symbols.flatMap((symbol, i) => walk(count, i + 1, start).map((bar) => ({ ...bar, venue, symbol })));
  await storeBars(db, bars);
  await fillFeatures(db, { venue, timeframe: '1m' });
  await storeSpeakingRun(db, dataDir, { venue, runId: venue, until: (newest - 5 * minute) * 1000 });
  const made = await answerBars(db, dataDir, { venue, timeframe: '1m', clock: 'market', staleSeconds: 60, limits });
  expect(made).toMatchObject({ made: 2, skipped: [] });
  return venue;
}

const check = (venue: string) =>
  checkParity(db, { venue, symbols, from: start * 1000, to: (start + count * minute) * 1000 }, { dataDir, cuts: 2 });
const lines = ({ findings }: Checked) => findings.map(({ what, symbol, from }) => `${what}: ${symbol} ${from}`);
const at = new Date(newest).toISOString();

/** Writes the newest feature row of a symbol again, with another value; as if it had always been so, or just now. */
async function rewrite(venue: string, value: string, computedAt = 'computed_at'): Promise<void> {
  const columns = await db.query<{ column: string }>(`SELECT "column" FROM table_columns('features_1m')`);
  const names = columns.map(({ column }) => column);
  const values = names.map((name) => (name === 'rsi_14' ? value : name === 'computed_at' ? computedAt : name));
  await db.query(
    `INSERT INTO features_1m (${names.join(', ')}) SELECT ${values.join(', ')} FROM features_1m
     WHERE venue = '${venue}' AND symbol = 'A-USDT' AND ts = '${at}'`,
  );
  await db.applied(['features_1m']);
}

describe('check parity', () => {
  it('says that there are no signals where there are none', async () => {
    const checked = await check(ownVenue());
    expect(checked).toMatchObject({ findings: [], looked: { signals: 0 } });
    expect(checked.notes).toEqual(['no signals yet: there is nothing to compare']);
  });

  it('finds the vectors of signals in the stored rows, and these in their bars', async () => {
    const checked = await check(await predicted());
    expect([lines(checked), checked.notes]).toEqual([[], []]);
    expect(checked.looked).toMatchObject({ signals: 2, 'vectors compared': 2, 'of rows written anew since': 0 });
    expect(checked.looked['1m values computed again']).toBeGreaterThan(0);
  });

  it('tells a vector that is not that of its row from a row that is not that of its bars', async () => {
    const venue = await predicted();
    await rewrite(venue, 'rsi_14 + 1e-12');
    expect(lines(await check(venue))).toEqual([`1m vector of ${model} is not that of the stored row: A-USDT ${at}`]);
    await rewrite(venue, 'rsi_14 + 1e-3');
    expect(lines(await check(venue))).toEqual([
      `1m vector of ${model} is not that of the stored row: A-USDT ${at}`,
      `1m value is not that of its bars: A-USDT ${at}`,
    ]);
  });

  it('counts rows that were written after the signal apart', async () => {
    const venue = await predicted();
    await rewrite(venue, 'rsi_14 + 1e-12', 'now()');
    const checked = await check(venue);
    expect(lines(checked)).toEqual([]);
    expect(checked.looked).toMatchObject({ signals: 2, 'vectors compared': 1, 'of rows written anew since': 1 });
  });

  it('counts values of bars that were changed after the signal apart', async () => {
    const venue = await predicted();
    const [bar] = walk(count, 1, start).slice(-1);
    const known = new Date(Date.now() + minute).toISOString();
    await db.query(
      `INSERT INTO candles_1m (ts, venue, symbol, open, high, low, close, volume, source, complete, known_at)
       VALUES ('${at}', '${venue}', 'A-USDT', ${bar.open}, ${bar.high * 1.01}, ${bar.low}, ${bar.close * 1.01},
         ${bar.volume}, 'rest', true, '${known}')`,
    );
    await db.applied(['candles_1m']);
    const checked = await check(venue);
    expect(lines(checked)).toEqual([]);
    expect(checked.looked).toMatchObject({ 'vectors compared': 1, 'of rows written anew since': 1 });
    expect(checked.notes).toEqual([expect.stringMatching(/^1m: \d+ values are of bars that were changed since$/)]);
  });

  it('notes a run whose artifact is gone', async () => {
    const venue = await predicted();
    rmSync(join(dataDir, 'artifacts'), { recursive: true });
    const checked = await check(venue);
    expect(checked.looked).toMatchObject({ signals: 2, 'vectors compared': 0 });
    expect(checked.notes).toEqual([expect.stringMatching(`^signals of run ${venue} are not compared: The artifact`)]);
  });
});
