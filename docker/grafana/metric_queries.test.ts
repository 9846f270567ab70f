import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { StoredRun } from '#jobs/train/run.ts';
import { appendRows } from '#lib/questdb/append.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { modelNames } from '#models/catalogue.ts';
import { statement } from '#sql/read.ts';
import { dashboards } from './dashboards/json.ts';
import { expanded, type View } from './fixtures/expand.ts';
import { fillMarket, type Market } from './fixtures/stored_market.ts';
import { storeRun } from './fixtures/stored_run.ts';

const day = 86_400_000;
const now = Date.now();
const lastMonth = { from: new Date(now - 30 * day), to: new Date(now + 60_000) };
const until = new Date(Date.UTC(2025, 4, 20, 13));

let db: QuestDb;
let client: pg.Client;
let market: Market;
let other: Market;
let first: StoredRun;
let second: StoredRun;
let price: StoredRun;
let farther: StoredRun;

beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  const { host, pgPort: port, user, password, database } = inject('questdb');
  client = new pg.Client({ host, port, user, password, database, types: { getTypeParser: parserOf } });
  await client.connect();
  market = await fillMarket(db);
  other = await fillMarket(db);
  const { venue } = market;
  const direction = { venue, model: 'direction_predictor', until };
  first = await storeRun(db, {
    ...direction,
    created: new Date(now - 5 * day),
    until: new Date(+until - day),
    skill: 0.1,
  });
  second = await storeRun(db, { ...direction, created: new Date(now - day), skill: 0.3 });
  // None of these may show: too long ago, shuffled labels, another venue.
  await storeRun(db, { ...direction, created: new Date(now - 40 * day), until: new Date(+until - 2 * day), skill: 7 });
  await storeRun(db, { ...direction, created: new Date(now), until: new Date(+until + day), skill: 8, shuffled: true });
  await storeRun(db, { ...direction, venue: other.venue, created: new Date(now), skill: 6 });
  price = await storeRun(db, { ...direction, model: 'price_predictor', created: new Date(now - 2 * day), skill: -0.2 });
  // Of another horizon: it stands beside the others and is never among them.
  farther = await storeRun(db, { ...direction, horizon: 15, created: new Date(now - day / 2), skill: 0.5 });
  const model = 'direction_predictor';
  const decision = { venue, model, timeframe: '1m', horizon: 5, action: 'promoted', reason: 'skill 0.1' };
  await db.run('runs/promote', { ...decision, run_id: second.run_id });
  await db.applied(['model_promotions']);
  await db.run('runs/promote', { ...decision, run_id: first.run_id, action: 'rolled back', reason: "it's worse" });
  await db.applied(['model_promotions']);
  await db.run('runs/promote', { ...decision, horizon: 15, run_id: farther.run_id, reason: 'skill 0.5' });
  await appendRows(db.address, 'signals', [
    signal(market.symbols[0], market.to - 120_000_000, 'down, probability 51 %'),
    signal(market.symbols[0], market.to - 60_000_000, 'up, probability 60 %'),
    { ...signal(market.symbols[1], market.to - 60_000_000, 'up'), longs: { horizon: 5 } },
  ]);
  await db.applied(['model_promotions', 'signals']);
});
afterAll(async () => {
  await client?.end();
  await db?.close();
});

function signal(symbol: string, ts: number, shown: string) {
  return {
    ts,
    symbols: { venue: market.venue, symbol, timeframe: '1m', model: 'direction_predictor' },
    strings: { run_id: second.run_id, shown, vector_digest: 'd', reason: 'no champion' },
    longs: { horizon: 5 },
    doubles: { prediction: 1, probability: 0.6, close: 100, age_seconds: 0 },
    booleans: { gated: true },
    timestamps: { created_at: now * 1000 },
  };
}

/** QuestDB sends timestamps without a zone and means UTC. */
function parserOf(type: number, format?: 'text' | 'binary') {
  if (type === pg.types.builtins.TIMESTAMP) return (text: string) => new Date(`${text.replace(' ', 'T')}Z`);
  return pg.types.getTypeParser(type, format as 'text');
}

/** The view of the tests, with what is said otherwise. */
function viewOf(view: Partial<View>): View {
  const usual = { venue: market.venue, symbol: market.symbols[0], model: 'direction_predictor', timeframe: '1m' };
  return { horizon: 5, ...lastMonth, ...usual, ...view };
}

async function answer(name: string, view: Partial<View> = {}) {
  const result = await client.query(expanded(statement(`metrics/${name}`).replace(/^--.*\n/gm, ''), viewOf(view)));
  // Grafana reads nothing from an answer that is not tagged so.
  expect(result.command).toBe('SELECT');
  const columns = result.fields.map((field) => [field.name, kindOf(field.dataTypeID)]);
  return { columns: Object.fromEntries(columns) as Record<string, string>, rows: result.rows };
}

function kindOf(type: number): string {
  const { builtins } = pg.types;
  if (type === builtins.TIMESTAMP) return 'time';
  if (type === builtins.BOOL) return 'boolean';
  if (type === builtins.VARCHAR) return 'text';
  return [builtins.FLOAT8, builtins.INT4, builtins.INT8].includes(type) ? 'number' : `type ${type}`;
}

const history = { time: 'time', metric: 'text' };

describe('every metric query runs on QuestDB', () => {
  it.each<[string, Record<string, string>]>([
    ['value_against_baseline', { time: 'time', value: 'number', baseline: 'number' }],
    ['skill_over_time', { ...history, skill: 'number' }],
    ['p_value_over_time', { ...history, p_value: 'number' }],
    ['calibration', { class: 'text', predicted: 'number', observed: 'number', ideal: 'number', rows: 'number' }],
    ['accuracy_against_rules', { rule: 'text', accuracy: 'number', accuracy_of_rule: 'number' }],
    ['skill_by_fold', { fold: 'text', train: 'number', test: 'number' }],
    ['skill_by_symbol', { symbol: 'text', skill: 'number' }],
    ['skill_by_regime', { regime: 'text', skill: 'number' }],
    ['promotions', { time: 'time', text: 'text', tags: 'text' }],
    ['candles', { time: 'time', open: 'number', high: 'number', low: 'number', close: 'number' }],
    ['volume', { time: 'time', volume: 'number' }],
    ['buy_share', { time: 'time', buy_share: 'number' }],
  ])('%s', async (name, columns) => {
    const { rows, ...rest } = await answer(name);
    expect(rest.columns).toEqual(columns);
    expect(rows.length).toBeGreaterThan(0);
  });

  it.each<[string, Record<string, string>]>([
    [
      'champions',
      {
        model: 'text',
        champion: 'text',
        age_days: 'number',
        data_age_days: 'number',
        skill: 'number',
        promoted_at: 'time',
      },
    ],
    [
      'runs',
      { created_at: 'time', model: 'text', run_id: 'text', value: 'number', baseline: 'number', simulated: 'boolean' },
    ],
    [
      'signals',
      { symbol: 'text', shown: 'text', probability: 'number', bar: 'time', gated: 'boolean', reason: 'text' },
    ],
    ['freshness', { symbol: 'text', age_seconds: 'number', stale: 'boolean', newest_candle: 'time' }],
    ['gaps', { symbol: 'text', state: 'text', since: 'time', until: 'time', seconds: 'number' }],
    [
      'bars_by_source',
      { symbol: 'text', source: 'text', bars: 'number', complete_share: 'number', newest_bar: 'time' },
    ],
  ])('%s', async (name, columns) => {
    const { rows, ...rest } = await answer(name);
    expect(rest.columns).toMatchObject(columns);
    expect(rows.length).toBeGreaterThan(0);
  });

  it('and so do the choices of the variables', async () => {
    const choices = [...dashboards().values()].flatMap(({ templating: { list = [] } }) => list);
    const found: Record<string, unknown[]> = {};
    for (const { name, type, query } of choices) {
      if (type !== 'query') continue;
      const { rows, fields } = await client.query({ text: expanded(query as string, viewOf({})), rowMode: 'array' });
      expect(fields).toHaveLength(1);
      found[name] = [...(found[name] ?? []), rows.map(([value]) => value)];
    }
    for (const venues of found.venue) expect(venues).toContain(market.venue);
    expect(found.symbol).toEqual([market.symbols]);
    expect(found.timeframe).toEqual([['1m']]);
    expect(found.horizon).toEqual([['5', '15']]);
    expect(found.model).toEqual([['direction_predictor', 'price_predictor']]);
  });
});

describe('the models', () => {
  it('are shown by the winner’s figures of runs in the time shown, at the time each was made', async () => {
    const { rows } = await answer('value_against_baseline');
    expect(rows.map((row) => [row.time.toISOString(), row.value, row.baseline])).toEqual([
      [first.created_at, 0.25 * 0.9, 0.25],
      [second.created_at, 0.25 * 0.7, 0.25],
    ]);
    const skills = await answer('skill_over_time');
    expect(skills.rows.map((row) => [row.metric, row.skill])).toEqual([
      ['direction_predictor, 5 bars', 0.1],
      ['price_predictor, 5 bars', -0.2],
      ['direction_predictor, 5 bars', 0.3],
      ['direction_predictor, 15 bars', 0.5],
    ]);
    const runs = await answer('runs');
    expect(runs.rows.map((row) => row.run_id)).toEqual([farther.run_id, second.run_id, price.run_id, first.run_id]);
    expect(runs.rows[0]).toMatchObject({ horizon: 15, skill: 0.5 });
    expect(runs.rows[1]).toMatchObject({
      horizon: 5,
      value: 0.25 * 0.7,
      skill: 0.3,
      p_value: 0.02,
      ic: 0.03,
      rows: '100',
    });
  });

  it('all have a row in the table of champions, whether they have one or not', async () => {
    const { rows } = await answer('champions');
    expect([...new Set(rows.map((row) => row.model))]).toEqual([...modelNames].sort());
    const beyond = rows.findIndex((row) => row.horizon === 15);
    expect(rows[beyond]).toMatchObject({ model: 'direction_predictor', champion: farther.run_id, skill: 0.5 });
    rows.splice(beyond, 1);
    expect(rows).toHaveLength(modelNames.length);
    const byModel = new Map(rows.map((row) => [row.model, row]));
    const direction = byModel.get('direction_predictor');
    // Rolled back: the latest decision counts, and the newest run stands beside it.
    expect(direction).toMatchObject({
      champion: first.run_id,
      skill: 0.1,
      newest_run: second.run_id,
      newest_skill: 0.3,
    });
    expect(direction.age_days).toBeGreaterThanOrEqual(0);
    expect(direction.data_age_days).toBeCloseTo((Date.now() - +until) / day + 1, 1);
    const none = { champion: 'no champion', age_days: null, data_age_days: null, skill: null };
    expect(byModel.get('price_predictor')).toMatchObject({ ...none, newest_run: price.run_id, newest_skill: -0.2 });
    expect(byModel.get('risk_scorer')).toMatchObject({ ...none, newest_run: null, newest_skill: null });
  });

  it('have their newest run looked into', async () => {
    expect((await answer('skill_by_fold')).rows).toEqual([
      { fold: 'fold 1', train: 0.5, test: 0.3 },
      { fold: 'fold 2', train: 0.5, test: 0.31 },
    ]);
    expect((await answer('skill_by_symbol')).rows).toEqual([
      { symbol: 'AAA-USDT', skill: 0.3 },
      { symbol: 'BBB-USDT', skill: 0.29 },
    ]);
    expect((await answer('skill_by_regime')).rows).toEqual([
      { regime: 'ranging', skill: 0.3 },
      { regime: 'volatile', skill: 0.32 },
    ]);
    expect((await answer('calibration')).rows).toMatchObject([
      { class: 'up', predicted: 0.4, observed: 0.38, rows: '50' },
      { class: 'up', predicted: 0.6, observed: 0.65, rows: '50' },
    ]);
    expect((await answer('accuracy_against_rules')).rows.slice(0, 2)).toEqual([
      { rule: 'direction_predictor, 15 bars / baseline', accuracy: 0.55, accuracy_of_rule: 0.52 },
      { rule: 'direction_predictor, 15 bars / majority', accuracy: 0.55, accuracy_of_rule: 0.51 },
    ]);
  });

  it('have their promotions as annotations', async () => {
    const { rows } = await answer('promotions');
    expect(rows.map((row) => row.text)).toEqual([
      `direction_predictor, 5 bars: promoted ${second.run_id} (skill 0.1)`,
      `direction_predictor, 5 bars: rolled back ${first.run_id} (it's worse)`,
      `direction_predictor, 15 bars: promoted ${farther.run_id} (skill 0.5)`,
    ]);
  });

  it('show one signal a symbol, the newest', async () => {
    const { rows } = await answer('signals');
    expect(rows.map((row) => [row.symbol, row.shown])).toEqual([
      ['AAA-USDT', 'up, probability 60 %'],
      ['BBB-USDT', 'up'],
    ]);
  });
});

describe('the market', () => {
  const at = (index: number) => new Date((market.from + index * 60_000_000) / 1000);

  it('has the bars of the time shown and no others', async () => {
    const { rows } = await answer('candles', { from: at(10), to: at(19) });
    expect(rows).toHaveLength(10);
    const bars = market.bars.slice(10, 20);
    expect(rows.map(({ time, open, high, low, close }) => [time.getTime(), open, high, low, close])).toEqual(
      bars.map(({ ts, open, high, low, close }) => [ts / 1000, open, high, low, close]),
    );
    const shares = await answer('buy_share', { from: at(10), to: at(19) });
    expect(shares.rows.map((row) => row.buy_share)).toEqual(bars.map((bar) => bar.buyVolume! / bar.volume));
    const unknown = await answer('buy_share', { from: at(10), to: at(19), symbol: market.symbols[1] });
    expect(unknown.rows.map((row) => row.buy_share)).toEqual(Array(10).fill(null));
  });

  it('has its newest bars where the time shown has none, in order of time', async () => {
    for (const name of ['candles', 'volume', 'buy_share']) {
      const { rows } = await answer(name, lastMonth);
      expect(rows).toHaveLength(60);
      const times = rows.map((row) => row.time.getTime());
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
  });

  it.each([
    ['1m', 60],
    ['5m', 12],
    ['15m', 4],
    ['1h', 1],
    ['4h', 1],
    ['1d', 1],
  ])('has %s bars', async (timeframe, count) => {
    const { rows } = await answer('candles', { timeframe, from: new Date(Date.UTC(2025, 4, 20)), to: at(60) });
    expect(rows).toHaveLength(count);
    expect(rows[0].open).toBe(market.bars[0].open);
    expect(rows[count - 1].close).toBe(market.bars[59].close);
    const volume = await answer('volume', { timeframe, from: new Date(Date.UTC(2025, 4, 20)), to: at(60) });
    expect(volume.rows.reduce((sum, row) => sum + row.volume, 0)).toBe(60 * 8);
  });

  it('says how fresh each symbol is, what is missing, and what its bars came from', async () => {
    const fresh = await answer('freshness');
    expect(fresh.rows.map((row) => [row.symbol, row.age_seconds, row.stale])).toEqual([
      ['AAA-USDT', 0, false],
      ['BBB-USDT', 0, false],
    ]);
    const gaps = await answer('gaps');
    expect(gaps.rows.map((row) => [row.symbol, row.state, row.seconds, row.cause])).toEqual([
      ['AAA-USDT', 'opened', null, 'connection lost'],
      ['AAA-USDT', 'bounded', 5, 'late start'],
    ]);
    const sources = await answer('bars_by_source');
    expect(sources.rows).toMatchObject([
      { symbol: 'AAA-USDT', source: 'archive', bars: '60', complete_share: 1 },
      { symbol: 'BBB-USDT', source: 'archive', bars: '60', complete_share: 1 },
    ]);
  });
});
