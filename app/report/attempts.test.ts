import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { appendRows, type NewRow } from '#lib/questdb/append.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { readReport } from './newest_runs.ts';

const venue = `t-${randomUUID().slice(0, 8)}`;
const model = 'volatility_regressor';
const day = (of: number) => Date.UTC(2026, 2, of) * 1000;

interface Tried {
  id: string;
  from: number;
  to: number;
  horizon?: number;
  timeframe?: string;
  venue?: string;
  model?: string;
  shuffled?: boolean;
  candidates?: string[];
  /** Skill by fold of the first candidate, which wins. */
  folds?: number[];
}

/** Rows as a run writes them, of the columns that a report reads. */
function rowsOf(tried: Tried): { run: NewRow; metrics: NewRow[] } {
  const { id, from, to, horizon = 5, timeframe = '1m', candidates = ['linear'], folds = [], shuffled = false } = tried;
  const strings = { run_id: `${venue} ${id}` };
  const of = { model: tried.model ?? model, timeframe };
  const metric = (engine: string, name: string, value: number, fold = -1): NewRow => ({
    ...{ ts: day(to), strings, longs: { fold }, doubles: { value, baseline: name === 'loss' ? 1 : null } },
    symbols: { ...of, engine, symbol: null, regime: null, split: 'test', metric: name },
  });
  const figures = { loss: 0.9, skill: 0.1, rmse: 0.9, p_value: 0.01 };
  const metrics = candidates.flatMap((engine) =>
    Object.entries(figures).map(([name, value]) => metric(engine, name, value)),
  );
  const run: NewRow = {
    ...{ ts: day(to), strings: { ...strings, symbols: 'A-USDT', artifact: 'none' } },
    symbols: { ...of, venue: tried.venue ?? venue, engine: candidates[0] },
    ...{ longs: { horizon, bars: 1, rows: 1 }, doubles: { excluded_share: 0 } },
    booleans: { simulated: false, shuffled, constant: false },
    timestamps: { window_from: day(from), window_to: day(to), created_at: day(to) },
  };
  return { run, metrics: [...metrics, ...folds.map((skill, fold) => metric(candidates[0], 'skill', skill, fold))] };
}

let db: QuestDb;
beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterAll(() => db.close());

it('counts what was tried on windows that overlap, and nothing else', async () => {
  const tried: Tried[] = [
    { id: 'newest', from: 10, to: 20, candidates: ['linear', 'forest', 'linear_tuned'], folds: [0.2, 0.1, 0.05] },
    // Other seeds, symbols and settings on the same window, on a part of it, and on bars of which the last is its first.
    { id: 'rerun', from: 10, to: 20, candidates: ['linear', 'forest'] },
    { id: 'within', from: 12, to: 15 },
    { id: 'touching', from: 5, to: 10 },
    { id: 'before', from: 5, to: 9 },
    { id: 'shuffled', from: 10, to: 20, shuffled: true },
    { id: 'horizon', from: 10, to: 19, horizon: 15 },
    { id: 'timeframe', from: 10, to: 20, timeframe: '5m' },
    { id: 'venue', from: 10, to: 20, venue: `${venue}-other` },
    { id: 'model', from: 10, to: 20, model: 'risk_scorer' },
  ];
  // The newest of those on the same window is the one that was made last.
  const made = tried.map(rowsOf);
  made[0].run.timestamps!.created_at = day(21);
  const trial = (ts: number, trial: number, fold: number, of = venue): NewRow => ({
    ...{ ts: day(ts), symbols: { model, timeframe: '1m', venue: of, engine: 'forest' } },
    ...{ strings: { search_id: `${of} ${ts}` }, longs: { fold, trial }, booleans: { chosen: false } },
  });
  const trials = [
    ...[0, 1, 2].flatMap((each) => [-1, 0].map((fold) => trial(20, each, fold))),
    // A search that was cut off has no run.
    trial(14, 0, 0),
    ...[trial(9, 0, 0), trial(20, 0, 0, `${venue}-other`)],
  ];
  await appendRows(
    db.address,
    'model_metrics',
    made.flatMap(({ metrics }) => metrics),
  );
  await appendRows(db.address, 'model_trials', trials);
  await appendRows(
    db.address,
    'model_runs',
    made.map(({ run }) => run),
  );
  await db.applied(['model_metrics', 'model_trials', 'model_runs']);

  const [report, far, other] = await readReport(db, venue, '1m');
  expect(report).toMatchObject({
    run_id: `${venue} newest`,
    attempts: { runs: 4, candidates: 7, trials: 7 },
    warning: 'Its skill was +0.2 in the first fold and is +0.05 in the last: it may not last.',
  });
  expect(far).toMatchObject({ horizon: 15, attempts: { runs: 1, candidates: 1 } });
  expect(other).toMatchObject({ name: 'risk_scorer', attempts: { runs: 1, candidates: 1, trials: 0 }, warning: null });
  const [control] = await readReport(db, venue, '1m', true);
  expect(control.attempts).toEqual({ runs: 1, candidates: 1, trials: 7 });
});
