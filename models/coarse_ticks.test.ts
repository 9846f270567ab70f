import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readReport } from '#app/report/newest_runs.ts';
import { verdictOf } from '#app/report/verdict.ts';
import { ownVenue, type StoredBar, storeBars } from '#features/testing/stored_market.ts';
import { type PromotionDecision, promoteRun } from '#jobs/runs/promote.ts';
import type { StoredRun, TrainJob } from '#jobs/train/run.ts';
import { trainModel } from '#jobs/train/train_model.ts';
import { prepareWindow } from '#jobs/train/window.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { random } from '#lib/random.ts';
import type { ModelName } from './catalogue.ts';

const symbols = ['AAA-USDT', 'BBB-USDT', 'CCC-USDT', 'DDD-USDT', 'EEE-USDT'];
const [bars, before] = [1_200, 700];
const start = Date.UTC(2026, 2, 2);
/** Basis points of the first price: of a coin of which one pip is much, and of any other. */
const [coarse, fine] = [13, 0.1];

/**
 * A random walk that nothing foretells. What is printed is one of the two ticks around it, drawn by lot, as when buyers and
 * sellers take turns at the two sides of a book (Roll, Journal of Finance 39, 1984). So prints turn back where the price does not.
 */
function walkOf(symbol: string, seed: number, tickBp: number): Omit<StoredBar, 'venue'>[] {
  const { uniform, normal } = random(seed, 16);
  const [tick, prints] = [tickBp / 100, 12];
  const deviation = (0.0006 + 0.0001 * seed) / Math.sqrt(prints);
  let price = 100;
  const print = () => {
    price *= Math.exp(deviation * normal());
    return (Math.floor(price / tick) + (uniform() < 0.5 ? 0 : 1)) * tick;
  };
  return Array.from({ length: before + bars }, (_, i) => {
    const seen = Array.from({ length: prints }, print);
    const [open, close] = [seen[0], seen[prints - 1]];
    const ends = { open, high: Math.max(...seen), low: Math.min(...seen), close };
    return { symbol, time: start + i * 60_000, ...ends, volume: 1 + 50 * uniform() };
  });
}

describe('a market without foresight', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-coarse-'));
  let db: QuestDb;
  beforeAll(() => {
    db = new QuestDb(inject('questdb'));
  });
  afterAll(async () => {
    await db.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** Trains the models on bars of which the first symbols have a coarse tick, and puts each run before the gate. */
  async function judged(coarseSymbols: number, models: ModelName[]) {
    const venue = ownVenue();
    const series = symbols.flatMap((symbol, i) => walkOf(symbol, i, i < coarseSymbols ? coarse : fine));
    await storeBars(
      db,
      series.map((bar) => ({ ...bar, venue })),
    );
    const decided: { run: StoredRun; decision: PromotionDecision; finding: string; consequence: string }[] = [];
    for (const horizon of [1, 5]) {
      const request = { venue, configured: symbols, timeframe: '1m', horizon, symbols, bars } as const;
      const { window, excludedShare, excludedWhy } = await prepareWindow(db, request);
      for (const model of models) {
        const job: TrainJob = {
          ...{ model, window, folds: 3, walk: 'expanding', seed: 1, feeBp: 6, shuffled: false, allowSimulated: false },
          ...{ excludedShare, excludedWhy },
        };
        const run = await trainModel(db, dataDir, job);
        const decision = await promoteRun(db, dataDir, run.run_id);
        const reported = (await readReport(db, venue, '1m')).find(({ run_id }) => run_id === run.run_id)!;
        decided.push({ run, decision, ...verdictOf(reported) });
      }
    }
    const champions = await db.rows('runs/champions', { venue, timeframe: '1m' });
    const of = (model: ModelName, horizon: number) =>
      decided.find(({ run }) => run.model === model && run.horizon === horizon)!;
    return { decided, champions, of };
  }

  it('has no champion where one of its coins has a coarse tick, though that coin’s prints can be foretold', async () => {
    const models: ModelName[] = ['direction_predictor', 'price_predictor', 'momentum_classifier'];
    const { decided, champions, of } = await judged(1, models);
    expect(decided).toHaveLength(6);
    for (const { run, decision, consequence } of decided) {
      expect(decision.passes, `${run.model}, ${run.horizon} bars ahead`).toBe(false);
      expect(consequence).toBe(`Cannot be promoted: ${decision.reasons.join('; ')}.`);
    }
    expect(champions).toEqual([]);

    const { run, decision, finding } = of('direction_predictor', 1);
    expect(run).toMatchObject({ without_best: { symbol: symbols[0] } });
    expect(run.skill).toBeGreaterThan(0.005);
    expect(run.p_value).toBeLessThan(0.05);
    expect(run.without_best!.p_value).toBeGreaterThan(0.05);
    expect(finding).toBe('skill by one symbol alone');
    expect(decision.reasons).toContainEqual(expect.stringMatching(/^without its best symbol its p-value is /));
  });

  it('has no champion where all have one: what the bounce foretells is none of the market, and costs more than it brings', async () => {
    const models: ModelName[] = ['direction_predictor', 'price_predictor', 'momentum_classifier'];
    const { decided, champions, of } = await judged(symbols.length, models);
    expect(decided).toHaveLength(6);
    const bounce = 'all of its symbols have ticks of 5 basis points or more, whose bounce looks like foresight';
    for (const { run, decision } of decided) {
      expect(decision.passes).toBe(false);
      expect(decision.reasons, `${run.model}, ${run.horizon} bars ahead`).toContain(bounce);
      expect(run.without_coarse).toEqual({ symbols: symbols.length, skill: null, p_value: null });
    }
    expect(champions).toEqual([]);

    for (const horizon of [1, 5]) {
      const { run, decision, finding, consequence } = of('direction_predictor', horizon);
      // It is in all of the coins, and is no chance.
      expect(run.skill).toBeGreaterThan(0.02);
      expect(run.without_best!.skill).toBeGreaterThan(0.02);
      for (const p of [run.p_value, run.without_best!.p_value]) expect(p).toBeLessThan(0.05);
      // Who fades the bounce earns less than half a tick a side.
      expect(run.tradability!.break_even_bp).toBeGreaterThan(1);
      expect(run.tradability!.break_even_bp).toBeLessThan(coarse / 2);
      expect(run.tradability!.cost_bp).toBeCloseTo(6, 9);
      expect(decision.reasons).toEqual([
        bounce,
        expect.stringMatching(/^its break-even cost is .* a side, and a side costs 6$/),
      ]);
      expect(finding).toBe('skill by coarse ticks alone');
      expect(consequence).toBe(`Cannot be promoted: ${decision.reasons.join('; ')}.`);
    }
  });
});
