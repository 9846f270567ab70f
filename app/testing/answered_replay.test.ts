import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { checkParity } from '#app/checks/parity.ts';
import { checkSignals } from '#app/checks/signals.ts';
import { storedRows } from '#features/testing/stored_market.ts';
import { closeMinutes } from '#jobs/candles/close.ts';
import { fillNewFeatures } from '#jobs/features/fill_new.ts';
import { Imports } from '#jobs/import/fixtures/imports.ts';
import { fillClosedLabels } from '#jobs/labels/fill_closed.ts';
import { answerBars } from '#jobs/predict/answer_bars.ts';
import { type DailyResult, trainDaily } from '#jobs/train/daily.ts';
import { startWorkers } from '#jobs/workers.ts';
import { configSchema } from '#lib/config.ts';
import { silent } from '#lib/log.ts';
import { appendRows, type NewRow } from '#lib/questdb/append.ts';

const recordings = process.env.TICKFOREST_RECORDINGS;
const symbols = ['BTC-USDT'];
const minute = 60_000_000;
const begin = Date.UTC(2026, 0, 1) * 1_000;
/** A day and a half is history. */
const half = begin + 36 * 60 * minute;
/** Bars that come at a time. A catch-up of several is answered in the order of the bars, as one is. */
const step = 15;
const steps = (12 * 60) / step;

/** The recorded quotes as ticks. Nothing was traded at them, so their price is the bid. */
function recordedQuotes(venue: string): NewRow[] {
  const path = join(recordings!, 'quotes/binance-um-BTC-USDT.csv.gz');
  const lines = gunzipSync(readFileSync(path)).toString().trim().split('\n').slice(1);
  return lines.map((line, i) => {
    const [time, ...cells] = line.split(',');
    const [askSize, ask, bid, bidSize] = cells.map(Number);
    const ts = Date.parse(`${time.replace(' ', 'T')}Z`) * 1_000;
    return {
      ts,
      symbols: { venue, symbol: symbols[0], source: 'replay', kind: 'quote' },
      strings: { event_id: String(i) },
      longs: { seq: i },
      doubles: { price: bid, bid, ask, bid_size: bidSize, ask_size: askSize },
      timestamps: { received_at: ts },
    };
  });
}

describe.skipIf(!recordings)('two recorded days, of which a day and a half is history', () => {
  const { training, signals: limits } = configSchema.parse({});
  let imports: Imports;
  let trained: DailyResult;
  beforeAll(() => {
    imports = new Imports(inject('questdb'), inject('redis'));
  });
  afterAll(() => imports.end());

  it('train by the default gate, and answer each bar of the rest exactly once', async () => {
    const { db, venue, dataDir } = imports;
    const quotes = recordedQuotes(venue);
    const between = (from: number, to: number) => quotes.filter(({ ts }) => ts >= from && ts < to);
    const come = async (from: number, to: number) => {
      const rows = between(from, to);
      for (let i = 0; i < rows.length; i += 20_000) await appendRows(db.address, 'ticks', rows.slice(i, i + 20_000));
      await closeMinutes(db, { venue, symbols, ranges: [{ from, to }] });
      await fillNewFeatures(db, venue);
    };
    await come(begin, half);
    const queues = { redis: inject('redis'), prefix: `t-${venue}` };
    const workers = await startWorkers({ queues, db, dataDir, log: silent, concurrency: 2 }, ['train']);
    const market = { venue, symbols, clock: 'market', allowSimulated: false } as const;
    try {
      trained = await trainDaily({ db, queues, dataDir }, { ...training, bars: 1_500 }, market);
    } finally {
      await workers.close();
    }
    const request = { ...market, timeframe: '1m', staleSeconds: 60, limits } as const;
    const total = { made: 0, absent: 0, waiting: 0 };
    for (let i = 0; i < steps; i++) {
      await come(half + i * step * minute, half + (i + 1) * step * minute);
      const { made, absent, waiting } = await answerBars(db, dataDir, request);
      total.made += made;
      total.absent += absent;
      total.waiting += waiting;
      await fillClosedLabels(db, request);
    }
    // The first answer is about the newest bar of the first step; then every bar has one.
    const bars = step * steps - (step - 1);
    expect(total).toEqual({ made: bars * trained.runs.length, absent: 0, waiting: 0 });
    expect(trained.runs.length).toBeGreaterThanOrEqual(5);
  });

  it('by champions where there are, which the gate has chosen, and gated where there are none', async () => {
    const { db, venue } = imports;
    const champions = new Set(trained.runs.filter(({ promoted }) => promoted).map(({ run_id }) => run_id));
    const rows = await db.query<{ run_id: string; codes: string | null; gated: boolean }>(
      `SELECT run_id, codes, gated FROM signals WHERE venue = '${venue}'`,
    );
    for (const { run_id, codes, gated } of rows) {
      expect(codes?.includes('no_champion') ?? false).toBe(!champions.has(run_id));
      expect(gated).toBe(codes !== null);
    }
    // A model answers with its baseline beside it.
    const without = await db.query(
      `SELECT count() AS n FROM signals WHERE venue = '${venue}' AND dim_length(baseline, 1) IS NULL`,
    );
    expect(without).toEqual([{ n: 0 }]);
  });

  it('and find each vector again, and each statement, from what is stored', async () => {
    const { db, venue, dataDir } = imports;
    const scope = { venue, symbols, from: half, to: begin + 48 * 60 * minute };
    const answered = await checkSignals(db, scope, { dataDir, cuts: 60 });
    expect(answered).toMatchObject({ findings: [], notes: [] });
    expect(answered.looked['1m signals said again']).toBeGreaterThan(50 * trained.runs.length);
    const parity = await checkParity(db, scope, { dataDir, cuts: 40 });
    expect(parity.findings).toEqual([]);
    expect(parity.looked['vectors compared']).toBe(parity.looked.signals);
    // What became of the bars is known wherever its horizon has closed.
    const last = half + (12 * 60 - 1) * minute;
    const labels = await storedRows(db, 'labels_1m', venue);
    for (const horizon of new Set(trained.runs.map((run) => run.horizon)))
      expect(labels.filter((row) => row.horizon === horizon).at(-1)?.time).toBe((last - horizon * minute) / 1_000);
  });
});
