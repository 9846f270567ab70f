import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runCli, sharedServers } from '#app/testing/cli.ts';
import { ownVenue, storeBars } from '#features/testing/stored_market.ts';
import { walk } from '#features/testing/walk.ts';
import type { StoredRun, TrainJob } from '#jobs/train/run.ts';
import { trainModel } from '#jobs/train/train_model.ts';
import { prepareWindow } from '#jobs/train/window.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { scoreRun } from './score.ts';

const symbols = ['AAA-USDT', 'BBB-USDT'];
const start = Date.UTC(2026, 1, 3);
/** Bars that the run could be trained on, and all that came by the time it is scored. */
const [before, all] = [1_200, 2_600];
const minute = 60_000_000;
const barAt = (index: number) => start * 1000 + index * minute;
const timeAt = (index: number) => new Date(barAt(index) / 1000).toISOString().slice(0, 16);

describe('score', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-score-'));
  const copies: string[] = [];
  const [venue, elsewhere] = [ownVenue(), ownVenue()];
  let db: QuestDb;
  let run: StoredRun;
  /** The first bar that is new to the run: labels look five bars ahead, and a bar is known when it ends. */
  let unseen: number;

  beforeAll(async () => {
    db = new QuestDb(inject('questdb'));
    const series = symbols.flatMap((symbol, i) =>
      walk(all, i + 3, start).map((bar) => ({ ...bar, venue, symbol, known: bar.time < start + before * 60_000 })),
    );
    await storeBars(
      db,
      series.filter(({ known }) => known),
    );
    const request = { venue, configured: symbols, timeframe: '1m', horizon: 5, symbols, bars: 600 } as const;
    const { window, excludedShare, excludedWhy } = await prepareWindow(db, request);
    const job: TrainJob = {
      ...{ model: 'price_predictor', window, folds: 5, walk: 'expanding', seed: 1 },
      ...{ feeBp: 6, shuffled: false, allowSimulated: false, excludedShare, excludedWhy },
    };
    run = await trainModel(db, dataDir, job);
    await storeBars(
      db,
      series.filter(({ known }) => !known),
    );
    // Another market, of which a symbol began when it was too late for its features to warm up.
    const others = [
      ...walk(all, 7, start).map((bar) => ({ ...bar, venue: elsewhere, symbol: 'CCC-USDT' })),
      ...walk(100, 8, start + (all - 100) * 60_000).map((bar) => ({ ...bar, venue: elsewhere, symbol: 'LATE-USDT' })),
      ...walk(before, 9, start).map((bar) => ({ ...bar, venue: elsewhere, symbol: 'GONE-USDT' })),
    ];
    await storeBars(db, others);
    unseen = before;
    expect(Date.parse(run.window.to) * 1000).toBe(barAt(before - 6));
  });
  afterAll(async () => {
    await db.close();
    for (const directory of [dataDir, ...copies]) rmSync(directory, { recursive: true, force: true });
  });

  function cli(args: string[], directory = dataDir) {
    return runCli(['score', ...args], sharedServers({ questdb: inject('questdb'), redis: inject('redis') }, directory));
  }

  /** A copy of the artifacts in which a part of the run's metadata reads otherwise. */
  function tampered(change: Record<string, unknown>): string {
    const directory = mkdtempSync(join(tmpdir(), 'tickforest-score-'));
    copies.push(directory);
    cpSync(dataDir, directory, { recursive: true });
    const file = join(directory, run.artifact, 'metadata.json');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }));
    return directory;
  }

  /** The forecast beside the baseline once more, straight from the candles: quantiles of each symbol's returns in the window of the run. */
  async function unconditionalLoss(): Promise<number> {
    const fitted: number[][] = [];
    const unknown: number[][] = [];
    for (const symbol of symbols) {
      const bars = await db.query<{ ts: Date; close: number }>(
        `SELECT ts, close FROM candles_1m WHERE venue = '${venue}' AND symbol = '${symbol}' ORDER BY ts`,
      );
      const returns = bars.slice(0, -5).map(({ close }, t) => Math.log(bars[t + 5].close / close));
      const [from, to] = [run.window.from, run.window.to].map((iso) =>
        bars.findIndex(({ ts }) => +ts === Date.parse(iso)),
      );
      fitted.push(returns.slice(from, to + 1));
      unknown.push(returns.slice(unseen));
    }
    const rms = fitted.map((own) => Math.sqrt(own.reduce((sum, value) => sum + value ** 2, 0) / own.length));
    const ratios = fitted.map((own, s) => own.map((value) => value / rms[s]));
    const quantile = (values: number[], level: number) => {
      const [sorted, place] = [values.toSorted((x, y) => x - y), level * (values.length - 1)];
      const below = Math.floor(place);
      return sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]);
    };
    const losses = unknown.flatMap((own, s) => {
      // As many rows as 5,000 of all symbols: a symbol with few has the shape of all, and its own width.
      const share = ratios[s].length / (ratios[s].length + 5_000);
      const levels = [0.05, 0.25, 0.5, 0.75, 0.95].map((level) => {
        const shape = share * quantile(ratios[s], level) + (1 - share) * quantile(ratios.flat(), level);
        return { level, value: shape * rms[s] };
      });
      const lossOf = (came: number) =>
        levels.map(({ level, value }) => (came < value ? (1 - level) * (value - came) : level * (came - value)));
      return own.flatMap(lossOf);
    });
    return losses.reduce((a, b) => a + b) / losses.length;
  }

  it('tells the losses on the bars that are new, beside those of the validation', async () => {
    const { code, stdout, stderr } = await cli([run.run_id, '--json']);
    expect(code, stderr).toBe(0);
    const scored = JSON.parse(stdout);
    expect(scored).toMatchObject({
      ...{ run_id: run.run_id, model: 'price_predictor', venue, symbols, simulated: false, shuffled: false },
      window: {
        ...{ from: `${timeAt(unseen)}:00.000Z`, to: `${timeAt(all - 6)}:00.000Z` },
        ...{ bars: all - 5 - unseen, rows: 2 * (all - 5 - unseen) },
      },
      ...{ metric: 'mean_pinball', baseline_name: 'quantiles_by_deviation', p_value_missing: null },
      besides: { unconditional_quantiles: expect.any(Number) },
      validation: { value: run.value, baseline: run.baseline, skill: run.skill, p_value: run.p_value },
      ...{ seen: { rows: 0, bars: 0 }, skipped: [], not_finite: [] },
    });
    const beside = 1 - scored.value / (await unconditionalLoss());
    expect(scored.besides.unconditional_quantiles).toBeCloseTo(beside, 9);
    expect(scored.skill).toBeCloseTo(1 - scored.value / scored.baseline, 12);
    expect(scored.p_value).toBeGreaterThan(0.05);
    expect(scored.p_value).toBeLessThanOrEqual(1);
    for (const slices of [scored.by_symbol, scored.by_day]) {
      const sum = (of: (each: Record<string, number>) => number) =>
        slices.reduce((total: number, each: Record<string, number>) => total + of(each), 0);
      expect(sum(({ rows }) => rows)).toBe(scored.window.rows);
      for (const name of ['value', 'baseline'])
        expect(sum((each) => each.rows * each[name]) / scored.window.rows / scored[name]).toBeCloseTo(1, 9);
    }
    expect(scored.by_symbol.map(({ symbol }: { symbol: string }) => symbol)).toEqual(symbols);
    expect(scored.by_day.map(({ day, rows }: { day: string; rows: number }) => [day, rows])).toEqual([
      ['2026-02-03', 2 * (1_440 - unseen)],
      ['2026-02-04', 2 * (all - 5 - 1_440)],
    ]);
  });

  it('leaves out, and counts, the bars whose labels the run knew', async () => {
    const early = { from: barAt(unseen - 100), to: barAt(unseen + 499) };
    const { seen, score, window } = await scoreRun(db, dataDir, run.run_id, early);
    expect({ seen, bars: score.bars, from: window.from }).toEqual({
      ...{ seen: { rows: 200, bars: 100 }, bars: 500, from: barAt(unseen) },
    });
    const late = await scoreRun(db, dataDir, run.run_id, { from: barAt(unseen), to: barAt(unseen + 499) });
    expect(late.seen).toEqual({ rows: 0, bars: 0 });
    expect(late.score).toEqual(score);
    const none = await cli([run.run_id, '--from', timeAt(600), '--to', timeAt(unseen - 1)]);
    expect(none).toMatchObject({ code: 1, stdout: '' });
    expect(none.stderr).toMatch(
      /scored on bars from 2026-02-03T20:00Z on, and the last that was asked for is that of 2026-02-03T19:59Z\. The run knew/,
    );
  });

  it('has no p-value for a few hours, and says why', async () => {
    const { code, stdout } = await cli([run.run_id, '--to', timeAt(unseen + 59)]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/There is no p-value: The test parts span 60 bars, .* needs at least 300\./);
    expect(stdout).toMatch(/these bars +│ \S+ +│ \S+ +│ \S+ +│ – +│ 120/);
  });

  it('says so where the skill is far below that of the validation', async () => {
    const { code, stdout, stderr } = await cli([run.run_id], tampered({ skill: 0.9 }));
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/The skill is far below that of the run's validation: \S+ is less than half of \+0\.9\./);
    expect(stdout).toMatch(/the run’s validation +│ \S+ +│ \S+ +│ \+0\.9/);
    expect((await cli([run.run_id], tampered({ skill: -1 }))).stdout).not.toMatch(/far below/);
  });

  it('scores on other symbols of another venue', async () => {
    const of = { venue: elsewhere, symbols: ['CCC-USDT'] };
    const { score, farBelow, window } = await scoreRun(db, dataDir, run.run_id, of);
    expect(window).toMatchObject({ ...of, horizon: 5 });
    expect(score.bySymbol).toEqual([expect.objectContaining({ symbol: 'CCC-USDT', rows: all - 5 - unseen })]);
    expect(farBelow).toBe(run.skill > 0 && score.skill < run.skill / 2);
  });

  it('passes over symbols of the run that are gone, unless they were named', async () => {
    const gone = tampered({ symbols: [...symbols, 'GONE-USDT'] });
    const { skipped, score } = await scoreRun(db, gone, run.run_id, {});
    expect(skipped).toEqual([{ symbol: 'GONE-USDT', reason: 'it has no candles' }]);
    expect(score.bySymbol).toHaveLength(2);
  });

  it.each([
    ['no run of that name', () => ['no-such-run'], /There is no run no-such-run\. See \.\/tickforest report/],
    [
      'symbols without candles',
      () => [run.run_id, '--symbols', 'AAA-USDT,ZZZ-USDT'],
      /needs 1m bars of \S+ from 2026-02-03T20:00Z on; they are missing for ZZZ-USDT \(it has no candles\)\. Fetch them/,
    ],
    [
      'none of the run’s symbols',
      () => [run.run_id, '--venue', elsewhere],
      /missing for AAA-USDT \(it has no candles\), BBB-USDT \(it has no candles\)\. Fetch them/,
    ],
    [
      'a symbol without new candles',
      () => [run.run_id, '--venue', elsewhere, '--symbols', 'GONE-USDT'],
      /missing for GONE-USDT \(its candles end at 2026-02-03T19:59Z\)/,
    ],
    [
      'no rows',
      () => [run.run_id, '--venue', elsewhere, '--symbols', 'CCC-USDT,LATE-USDT'],
      /No bar of 1m of \S+ from .* has features and labels of all symbols; .*: CCC-USDT 1395, LATE-USDT 0\. Fetch more/,
    ],
  ])('refuses %s', async (_, args, reason) => {
    const { code, stdout, stderr } = await cli(args());
    expect({ code, stdout }, stderr).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(reason);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('refuses a run of other features', async () => {
    const { code, stderr } = await cli([run.run_id], tampered({ feature_set: 'anotherset' }));
    expect(code).toBe(1);
    expect(stderr).toMatch(/was trained on the features anotherset, and today's are [0-9a-f]{16}\. Train it again/);
  });

  it('leaves no file behind', async () => {
    const files = () => readdirSync(join(dataDir, 'frames'), { recursive: true });
    const there = files();
    await scoreRun(db, dataDir, run.run_id, {});
    expect(files()).toEqual(there);
    expect(there.filter((name) => String(name).includes('incoming'))).toEqual([]);
  });
});
