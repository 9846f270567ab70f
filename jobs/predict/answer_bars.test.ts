import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { fillFeatures } from '#features/fill.ts';
import { ownVenue, storeBars } from '#features/testing/stored_market.ts';
import { walk } from '#features/testing/walk.ts';
import { configSchema } from '#lib/config.ts';
import { appendRows } from '#lib/questdb/append.ts';
import { type Row as DatabaseRow, QuestDb } from '#lib/questdb/database.ts';
import { answerBars } from './answer_bars.ts';
import type { PredictRequest } from './request.ts';
import { promoteSpeakingRun, storeSpeakingRun } from './testing/speaking_run.ts';

const minute = 60_000;
const symbols = ['A-USDT', 'BTC-USDT'];
/** The bars that have features are those from the 400th on. */
const count = 520;
const start = Date.UTC(2026, 2, 2, 12);
const at = (i: number) => start + i * minute;
const usual = configSchema.parse({}).signals;

let db: QuestDb;
let dataDir: string;
let venue: string;

beforeAll(() => {
  db = new QuestDb(inject('questdb'));
  dataDir = mkdtempSync(join(tmpdir(), 'tickforest-answers-'));
});
afterAll(async () => {
  rmSync(dataDir, { recursive: true, force: true });
  await db.close();
});
beforeEach(() => {
  venue = ownVenue();
});

const bars = new Map(symbols.map((symbol, i) => [symbol, walk(count, i + 1, start)]));

/** The market goes on to bar `last`, whose features are made too, unless a symbol's bars stop before. */
async function market(first: number, last: number, of: readonly string[] = symbols): Promise<void> {
  const rows = of.flatMap((symbol) =>
    bars
      .get(symbol)!
      .slice(first, last + 1)
      .map((bar) => ({ ...bar, venue, symbol })),
  );
  await storeBars(db, rows);
  await fillFeatures(db, { venue, timeframe: '1m', symbols: of, resume: first > 0, from: at(first) * 1000 });
}

const answer = (more: Partial<PredictRequest> = {}, of = db) =>
  answerBars(of, dataDir, { venue, timeframe: '1m', clock: 'market', staleSeconds: 60, limits: usual, ...more });

interface Row {
  bar: number;
  symbol: string;
  run_id: string;
  absent: boolean;
  gated: boolean;
  bars: number | null;
  codes: string | null;
  reason: string | null;
  raw: number[] | null;
  baseline: number[] | null;
  late_seconds: number | null;
}

async function answers(symbol = symbols[0]): Promise<Row[]> {
  const rows = await db.query<Row & DatabaseRow & { ts: Date }>(
    `SELECT * FROM signals WHERE venue = '${venue}' AND symbol = '${symbol}' ORDER BY ts, created_at`,
  );
  return rows.map((row) => ({ ...row, bar: (row.ts.getTime() - start) / minute }));
}
const told = async (symbol?: string) => (await answers(symbol)).map(({ bar, run_id, codes }) => [bar, run_id, codes]);
/** Another process does not know what this one has seen. */
const another = () => new QuestDb({ ...db.address, host: 'localhost' });

describe('answers', () => {
  it('begin with the newest bar, and then every bar has one, with what the model and its baseline say', async () => {
    await market(0, 440);
    await storeSpeakingRun(db, dataDir, { venue, runId: 'r', until: at(430) * 1000 });
    expect(await answer()).toMatchObject({ made: 2, absent: 0, waiting: 0, signals: 2, skipped: [] });
    expect(await answer()).toMatchObject({ made: 0, absent: 0, signals: 2 });
    await market(441, 444);
    expect(await answer()).toMatchObject({ made: 8, absent: 0, signals: 8 });
    for (const symbol of symbols) {
      const rows = await answers(symbol);
      expect(rows.map(({ bar }) => bar)).toEqual([440, 441, 442, 443, 444]);
      for (const { raw, baseline, gated, absent, codes, late_seconds } of rows) {
        expect({ gated, absent }).toEqual({ gated: true, absent: false });
        expect(codes).toMatch(/^no_champion( stale)?$/);
        for (const said of [raw!, baseline!]) expect(said.reduce((sum, p) => sum + p)).toBeCloseTo(1, 12);
        expect(late_seconds).toBeGreaterThan(0);
      }
    }
  });

  it('go on after a pause where they stopped; what is older than is caught up is one row', async () => {
    await market(0, 410);
    await storeSpeakingRun(db, dataDir, { venue, runId: 'r', until: at(400) * 1000 });
    await answer();
    await market(411, 430);
    const limits = { ...usual, catchUpBars: 5 };
    const late = another();
    expect(await answer({ limits }, late)).toMatchObject({ made: 10, absent: 2 });
    expect(await answer({ limits }, late)).toMatchObject({ made: 0, absent: 0 });
    await late.close();
    const rows = await answers();
    expect(rows.map(({ bar, absent, bars: spoken }) => [bar, absent, spoken])).toEqual([
      [410, false, null],
      [411, true, 15],
      ...[426, 427, 428, 429, 430].map((bar) => [bar, false, null]),
    ]);
    expect(rows[1]).toMatchObject({ codes: 'outage', gated: true, raw: null });
    // And the first process, which knows nothing of it, adds none.
    expect(await answer({ limits })).toMatchObject({ made: 0, absent: 0 });
  });

  it('about a symbol that has stopped end with its last bar; when it is back, what lies between is one row', async () => {
    const limits = { ...usual, catchUpBars: 5, patienceSeconds: 0 };
    await market(0, 410);
    await market(411, 430, ['BTC-USDT']);
    await storeSpeakingRun(db, dataDir, { venue, runId: 'r', until: at(400) * 1000 });
    // Its newest bar is older than is caught up, and still is what a first answer is about.
    expect(await answer({ limits })).toMatchObject({ made: 2, absent: 0, waiting: 0, skipped: [] });
    expect(await answer({ limits })).toMatchObject({ made: 0, absent: 0 });
    await market(411, 430, ['A-USDT']);
    await market(431, 431);
    for (const process of [db, another()]) {
      await answer({ limits }, process);
      if (process !== db) await process.close();
    }
    expect((await answers()).map(({ bar, absent, bars: spoken }) => [bar, absent, spoken])).toEqual([
      [410, false, null],
      [411, true, 16],
      ...[427, 428, 429, 430, 431].map((bar) => [bar, false, null]),
    ]);
    expect((await answers('BTC-USDT')).map(({ bar }) => bar)).toEqual([430, 431]);
  });

  it('wait for features that may still come, and say so when they do not', async () => {
    await market(0, 410);
    await storeSpeakingRun(db, dataDir, { venue, runId: 'r', until: at(400) * 1000 });
    await answer();
    await market(411, 412, ['BTC-USDT']);
    expect(await answer()).toMatchObject({ made: 2, absent: 0, waiting: 2 });
    await market(411, 411, ['A-USDT']);
    expect(await answer()).toMatchObject({ made: 1, absent: 0, waiting: 1 });
    expect(await answer({ limits: { ...usual, patienceSeconds: 0 } })).toMatchObject({ made: 0, absent: 1 });
    // Its bar comes too late: what was said stands.
    await market(412, 412, ['A-USDT']);
    expect(await answer()).toMatchObject({ made: 0, absent: 0 });
    expect(await told()).toEqual([
      [410, 'r', 'no_champion'],
      [411, 'r', 'no_champion'],
      [412, 'r', 'no_bar'],
    ]);
  });

  it('are of one run each: a promotion within a bar changes none that was given', async () => {
    await market(0, 410);
    await storeSpeakingRun(db, dataDir, { venue, runId: 'old', until: at(395) * 1000 });
    await storeSpeakingRun(db, dataDir, { venue, runId: 'new', until: at(400) * 1000 });
    await answer();
    await promoteSpeakingRun(db, venue, 'old');
    expect(await answer()).toMatchObject({ made: 0 });
    await market(411, 411);
    await answer();
    expect(await told()).toEqual([
      [410, 'new', 'no_champion'],
      [411, 'old', null],
    ]);
  });

  it('are none of a model that has seen what came after the bar, or whose artifact is harmed', async () => {
    await market(0, 410);
    await storeSpeakingRun(db, dataDir, { venue, runId: 'early', until: at(400) * 1000 });
    await answer();
    await market(411, 412);
    await storeSpeakingRun(db, dataDir, { venue, runId: 'late', until: at(407) * 1000 });
    await answer();
    await market(413, 413);
    const { artifact } = await storeSpeakingRun(db, dataDir, { venue, runId: 'gone', until: at(408) * 1000 });
    rmSync(join(dataDir, artifact), { recursive: true });
    expect(await answer()).toMatchObject({ made: 0, absent: 2, models: 0 });
    expect(await told()).toEqual([
      [410, 'early', 'no_champion'],
      [411, 'late', 'trained_later'],
      [412, 'late', 'no_champion'],
      [413, 'gone', 'model_unusable'],
    ]);
    expect((await answers())[3].reason).toMatch(/has no readable metadata\.json\. Remove that directory/);
  });

  it('are gated where the market, the model or the data is not to be trusted', async () => {
    await market(0, 410);
    const until = at(400) * 1000;
    await storeSpeakingRun(db, dataDir, { venue, runId: 'narrow', until, range: { min: 0, max: 1, deviation: 0.1 } });
    await promoteSpeakingRun(db, venue, 'narrow');
    await appendRows(db.address, 'gaps', [
      {
        ts: at(402) * 1000,
        symbols: { venue, symbol: 'BTC-USDT', event: 'opened', level: 'trades', cause: 'cut' },
        strings: { gap_id: `${venue}-1` },
        timestamps: { since: at(401) * 1000 },
      },
    ]);
    await db.applied(['gaps']);
    // Became known again, and its features were not made again.
    const [bar] = bars.get('BTC-USDT')!.slice(410);
    await storeBars(db, [{ ...bar, venue, symbol: 'BTC-USDT' }], Date.now());
    await answer({ limits: { ...usual, expiryDays: 0.001 } });
    const codes = async (symbol: string) => (await answers(symbol)).at(-1)?.codes;
    expect(await codes('A-USDT')).toBe('out_of_range expired');
    expect(await codes('BTC-USDT')).toBe('open_gap bar_changed out_of_range expired');
  });
});
