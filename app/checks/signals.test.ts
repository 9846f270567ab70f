import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { fillFeatures } from '#features/fill.ts';
import { ownVenue, storeBars } from '#features/testing/stored_market.ts';
import { walk } from '#features/testing/walk.ts';
import { answerBars } from '#jobs/predict/answer_bars.ts';
import { storeSpeakingRun } from '#jobs/predict/testing/speaking_run.ts';
import { configSchema } from '#lib/config.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import type { Checked } from './finding.ts';
import { checkSignals } from './signals.ts';

const minute = 60_000;
const symbols = ['A-USDT', 'BTC-USDT'];
const start = Date.UTC(2026, 2, 2);
const count = 420;
const at = (i: number) => start + i * minute;
const iso = (i: number) => new Date(at(i)).toISOString();
const { signals: limits } = configSchema.parse({});
let db: QuestDb;
let dataDir: string;
beforeAll(() => {
  db = new QuestDb(inject('questdb'));
  dataDir = mkdtempSync(join(tmpdir(), 'tickforest-check-signals-'));
});
afterAll(async () => {
  rmSync(dataDir, { recursive: true, force: true });
  await db.close();
});

/** A venue whose bars 410 … 419 have been answered by the run `r`, as they closed. */
async function answered(): Promise<string> {
  const venue = ownVenue();
  const bars = symbols.flatMap((symbol, i) => walk(count, i + 1, start).map((bar) => ({ ...bar, venue, symbol })));
  await storeSpeakingRun(db, dataDir, { venue, runId: 'r', until: at(400) * 1000 });
  const request = { venue, timeframe: '1m', clock: 'market', staleSeconds: 60, limits } as const;
  for (const [from, to] of [
    [0, 410],
    [411, count - 1],
  ]) {
    await storeBars(
      db,
      bars.filter(({ time }) => time >= at(from) && time <= at(to)),
    );
    await fillFeatures(db, { venue, timeframe: '1m' });
    await answerBars(db, dataDir, request);
  }
  return venue;
}

const check = (venue: string) =>
  checkSignals(db, { venue, symbols, from: start * 1000, to: at(count) * 1000 }, { dataDir, cuts: 200 });
const told = ({ findings }: Checked) =>
  findings.map(({ what, symbol, from, to }) => `${what}: ${symbol} ${from} ${to}`);

/** Stores the answers of A-USDT to one bar again, changed. */
async function copied(venue: string, bar: number, changes: Record<string, string>): Promise<void> {
  const columns = await db.query<{ column: string }>(`SELECT "column" FROM table_columns('signals')`);
  const names = columns.map(({ column }) => column);
  await db.query(
    `INSERT INTO signals (${names.join(', ')}) SELECT ${names.map((name) => changes[name] ?? name).join(', ')} FROM signals
     WHERE venue = '${venue}' AND symbol = 'A-USDT' AND ts = '${iso(bar)}'`,
  );
}

it('finds nothing where each bar has one answer, and says how many it has looked at', async () => {
  const checked = await check(await answered());
  expect(checked).toMatchObject({ findings: [], notes: [] });
  expect(checked.looked).toEqual({
    ...{ 'bars answered': 20, signals: 0, 'gated signals': 20, absent: 0, '1m signals said again': 20 },
  });
});

it('finds bars without an answer, and those with two', async () => {
  const venue = await answered();
  // In place of one bar it speaks of three, two of which have answers of their own.
  await copied(venue, 412, { bars: '3' });
  await copied(venue, 417, { run_id: "'other'" });
  await copied(venue, 419, { ts: `dateadd('m', 3, ts)` });
  const named = '1m direction_predictor, 5 bars ahead';
  expect(told(await check(venue))).toEqual([
    `${named}: answered twice: A-USDT ${iso(413)} ${iso(414)}`,
    `${named}: answered twice: A-USDT ${iso(414)} ${iso(415)}`,
    `${named}: answered twice: A-USDT ${iso(417)} ${iso(418)}`,
    // Beyond the end of what is checked.
  ]);
  const wider = { venue, symbols, from: start * 1000, to: at(count + 10) * 1000 };
  expect(told(await checkSignals(db, wider, { dataDir }))).toContain(
    `${named}: not answered: A-USDT ${iso(420)} ${iso(422)}`,
  );
});

it('finds an answer that was changed: its run says something else of the same vector', async () => {
  const venue = await answered();
  await copied(venue, 415, { raw: 'ARRAY[0.25, 0.75]' });
  expect(told(await check(venue))).toEqual([
    `1m signal of direction_predictor is not what its run says: A-USDT ${iso(415)} ${iso(416)}`,
  ]);
});

it('says that there are none, and names runs that cannot be asked any more', async () => {
  const none = ownVenue();
  expect((await check(none)).notes).toEqual(['no signals yet: there is nothing to check']);
  const venue = await answered();
  rmSync(join(dataDir, 'artifacts'), { recursive: true });
  const checked = await check(venue);
  expect(checked.findings).toEqual([]);
  expect(checked.notes).toEqual([expect.stringMatching(/^signals of run r are not said again: The artifact/)]);
});
