import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { QuestDb } from '#lib/questdb/database.ts';
import { catalogue } from './catalogue.ts';
import { familyRows } from './testing/family_rows.ts';
import { type FlowBar, flow, flowUnits } from './testing/flow.ts';
import { offenders } from './testing/offenders.ts';
import { ownVenue } from './testing/stored_market.ts';
import { walk } from './testing/walk.ts';

let db: QuestDb;
beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterAll(() => db.close());

const symbol = 'A-USDT';
async function store(bars: readonly FlowBar[]): Promise<string> {
  const venue = ownVenue();
  const columns = 'open, high, low, close, volume, buy_volume, sided_volume, trades, spread, imbalance';
  for (let i = 0; i < bars.length; i += 1000) {
    const values = bars.slice(i, i + 1000).map((bar) => {
      const { time, open, high, low, close, volume, buyVolume, sidedVolume, trades, spread, imbalance } = bar;
      const shown = [open, high, low, close, volume, buyVolume, sidedVolume, trades, spread, imbalance];
      const measures = shown.map((value) => value ?? 'null');
      const at = (millis: number) => `'${new Date(millis).toISOString()}'`;
      return `(${at(time)}, '${venue}', '${symbol}', ${measures.join(', ')}, 'closer', true, ${at(time + 60_000)})`;
    });
    await db.query(
      `INSERT INTO candles_1m (ts, venue, symbol, ${columns}, source, complete, known_at) VALUES ${values.join(', ')}`,
    );
  }
  await db.applied(['candles_1m']);
  return venue;
}

/** Bars with trades in [450, 900) and from 1,000 on, the others as an exchange's candles; quotes in half of the bars. */
function traded(count: number): FlowBar[] {
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return walk(count, 41).map((bar, i) => {
    const recorded = (i >= 450 && i < 900) || i >= 1_000;
    const quoted = recorded && random() < 0.5;
    // Bars without a trade, one after another too, and bars whose sides are even.
    const none = recorded && (random() < 0.1 || (i >= 700 && i < 730));
    const volume = none ? 0 : bar.volume;
    const share = random() < 0.1 ? 0.5 : random();
    // In a fifth of the bars the taker side is known of a part of the trades, in a tenth of none.
    const known = random();
    const sided = known < 0.2 ? volume * known * 5 : volume;
    const unsided = recorded && !none && known > 0.9;
    return {
      ...bar,
      volume,
      buyVolume: recorded && !unsided ? sided * share : null,
      sidedVolume: recorded && !unsided ? sided : null,
      trades: recorded ? (none ? 0 : 1 + Math.floor(random() * 80)) : null,
      spread: quoted ? 1e-5 + random() * 1e-4 : null,
      imbalance: quoted ? random() * 2 - 1 : null,
    };
  });
}

describe('the family flow', () => {
  const bars = traded(1_400);
  const times = bars.map((bar) => bar.time);
  let venue: string;
  let rows: Awaited<ReturnType<typeof familyRows>>;
  beforeAll(async () => {
    venue = await store(bars);
    rows = await familyRows(db, 'flow', { venue, symbol, bars });
  });

  it('agrees with its definitions computed by plain loops, with trades, without, and where they begin and end', () => {
    const expected = flow(bars);
    const names = catalogue().filter(({ family }) => family === 'flow');
    expect(Object.keys(expected).sort()).toEqual(names.map(({ name }) => name).sort());
    expect(rows).toHaveLength(1_000);
    expect(offenders(rows, times, expected, flowUnits)).toEqual([]);
    for (const flag of ['has_flow', 'has_quotes'])
      expect(new Set(rows.map((row) => row[flag]))).toEqual(new Set([0, 1]));
  });

  it('has the stated values where only candles exist', () => {
    const bare = rows.filter((row) => row.time >= times[920] && row.time < times[1_000]);
    expect(bare).toHaveLength(80);
    for (const row of bare) {
      expect(row).toMatchObject({
        ...{ has_flow: 0, has_quotes: 0, buy_share: 0.5, buy_share_5: 0.5, buy_share_20: 0.5 },
        ...{ trade_count_ratio_20: 1, trade_size_ratio_20: 1, spread_bps: 0, spread_ratio_20: 1 },
        ...{ book_imbalance: 0, book_imbalance_5: 0, flow_return_20: 0, flow_persistence_20: 0.5 },
      });
      expect(row.volume_weighted_return_20).not.toBe(0);
    }
  });

  it('is the same over its windows alone', async () => {
    const newest = await familyRows(db, 'flow', {
      venue,
      symbol,
      bars: bars.slice(0, 1_031),
      first: 991,
      continued: true,
    });
    expect(newest.map((row) => row.time)).toEqual(times.slice(991, 1_031));
    expect(offenders(newest, times, flow(bars), flowUnits)).toEqual([]);
  });

  it('has the stated values without volume', async () => {
    const still = bars.slice(0, 500).map((bar) => ({ ...bar, ...flat }));
    const quiet = await store(still);
    const stored = await familyRows(db, 'flow', { venue: quiet, symbol, bars: still });
    expect(stored).toHaveLength(100);
    for (const row of stored)
      expect(row).toMatchObject({ has_flow: 1, buy_share_20: 0.5, trade_count_ratio_20: 1, trade_size_ratio_20: 1 });
    expect(
      offenders(
        stored,
        times,
        Object.fromEntries(['flow_return_20', 'volume_weighted_return_20'].map((name) => [name, times.map(() => 0)])),
      ),
    ).toEqual([]);
  });
});

const flat = {
  open: 5,
  high: 5,
  low: 5,
  close: 5,
  volume: 0,
  buyVolume: 0,
  sidedVolume: 0,
  trades: 0,
  spread: null,
  imbalance: null,
};
