import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { fillFeatures } from '#features/fill.ts';
import { fetchSeenFrame } from '#features/frames/training.ts';
import { fillLabels } from '#features/labels.ts';
import { hardMarket } from '#features/testing/hard_markets.ts';
import { errorOf } from '#features/testing/relative_error.ts';
import { ownVenue, storeBars } from '#features/testing/stored_market.ts';
import { configSchema } from '#lib/config.ts';
import { column } from '#lib/frame.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { modelNamed } from '#models/catalogue.ts';
import { knownMomentum, withMomentum } from './momentum_known.ts';

const count = 900;
const start = Date.UTC(2026, 2, 2);
const bars = { from: start + 700 * 60_000, to: start + 709 * 60_000 };
const columns = {
  last_return: 'label_last_return',
  momentum_band: 'label_momentum_band',
  dev_5: 'label_dev_5',
  dev_20: 'label_dev_20',
  dev_60: 'label_dev_60',
  dev_240: 'label_dev_240',
};

let db: QuestDb;
beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterAll(() => db.close());

it('a baseline reads of a bar that has just closed what the labels of that bar hold later', async () => {
  const venue = ownVenue();
  const coins = hardMarket(count, start);
  await storeBars(
    db,
    coins.flatMap(({ symbol, bars: own }) => own.map((bar) => ({ ...bar, venue, symbol }))),
  );
  const symbols = coins.map(({ symbol }) => symbol);
  const [from, to] = [bars.from * 1000, bars.to * 1000];
  await fillFeatures(db, { venue, timeframe: '1m', from, to });
  const { frame } = await fetchSeenFrame(db, { venue, timeframe: '1m', symbols, from, to });
  expect(frame.rows).toBe(10 * symbols.length);
  const limits = configSchema.parse({}).signals;
  const request = { venue, timeframe: '1m', clock: 'market', staleSeconds: 60, limits } as const;
  const definition = modelNamed('momentum_classifier');
  const baselines = { [definition.baseline.name]: { reads: ['label_momentum_band'] } } as never;
  for (const horizon of [1, 5, 60]) {
    await fillLabels(db, { venue, timeframe: '1m', horizon, from, to });
    const model = { definition, baselines, horizon };
    const read = await knownMomentum(db, request, new Set(frame.ts), frame.symbols, [model]);
    const known = withMomentum(frame, read, model);
    const labels = await db.query<{ ts: Date; symbol: string } & { [name: string]: unknown }>(
      `SELECT * FROM labels_1m WHERE venue = '${venue}' AND horizon = ${horizon} ORDER BY ts, symbol`,
    );
    expect(labels.map(({ ts, symbol }) => [ts.getTime() * 1000, symbol])).toEqual(
      Array.from(known.ts, (ts, row) => [ts, known.symbols[known.symbolOf[row]]]),
    );
    for (const [label, name] of Object.entries(columns)) {
      const values = column(known, name);
      for (const [row, of] of labels.entries())
        expect(errorOf(values[row], of[label] as number, 1e-3), `${label} of ${of.symbol}`).toBeLessThan(1e-8);
    }
  }
});
