import { readdirSync } from 'node:fs';
import { type DuckDBConnection, DuckDBInstance, type DuckDBType } from '@duckdb/node-api';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { expanded } from '#docker/grafana/fixtures/expand.ts';
import { catalogue, helperColumns } from '#features/catalogue.ts';
import { rawCandles } from '#ingest/archives/candle_columns.ts';
import { rawTicks, surveyedRows } from '#ingest/archives/tick_columns.ts';
import { bind, type Parameter, Timestamp, token } from '#lib/questdb/statement.ts';
import { statement } from './read.ts';
import { type Column, type Rows, rows, rowsOfParts } from './rows.ts';

/** What else reads, and who looks at its columns instead. */
const undeclared = [
  // docker/grafana/metric_queries.test.ts: panels read them, no code. Here they only have to run.
  /^metrics\//,
  // features/header.test.ts
  /^features\/families\//,
  // The columns of frames/features, of whatever rows.
  /^frames\/features_of_range$/,
  // Composed with families, which would not find a column that is missing.
  /^features\/(bars|bars_are_whole|bars_to_write|continued_bars|newest_bars)$/,
];

const features = [...catalogue('5m').map(({ name }) => name), ...helperColumns('5m')];

/** A value of its kind for each parameter that a statement may have. */
const parameters: Record<string, Parameter> = {
  ...each(['t-none'], 'models', 'run_ids', 'symbols', 'tables', 'timeframes'),
  ...each('t-none', 'model', 'run_id', 'search_id', 'set_hash', 'source', 'symbol', 'venue'),
  ...each(false, 'aggregated', 'any_model', 'any_symbol', 'shuffled'),
  ...each(1, 'bar_seconds', 'bars', 'fold', 'horizon', 'least', 'most', 'recalled', 'symbol_count', 'trial'),
  ...each(
    new Timestamp(0),
    'after',
    'at',
    'began',
    'created_after',
    'from',
    'known_since',
    'known_until',
    'load',
    'newest_from',
    'recall_from',
    'received_from',
    'received_to',
    'since',
    'stored_from',
  ),
  ...each(new Timestamp(0), 'to', 'ts', 'ts_from', 'ts_to', 'until', 'window_from'),
  ...{ timeframe: '5m', table: 'features_5m', unit: '5m', order: 'seq' },
  ...each(features[0], 'columns', 'inputs', 'measures'),
};
const view = {
  venue: 't-none',
  symbol: 'A-USDT',
  model: 'none',
  horizon: 5,
  timeframe: '1m',
  from: new Date(0),
  to: new Date(1),
};

const reading = readdirSync(new URL('.', import.meta.url), { encoding: 'utf8', recursive: true })
  .filter((file) => file.endsWith('.sql'))
  .map((file) => file.slice(0, -'.sql'.length))
  .filter((name) => /^(--.*\n|\s)*(SELECT|WITH)\b/.test(statement(name)));

function each(value: Parameter, ...names: string[]): Record<string, Parameter> {
  return Object.fromEntries(names.map((name) => [name, value]));
}

function bound(name: string): string {
  const used = new Set([...statement(name).matchAll(token)].map(([, value, part]) => value ?? part));
  return bind(statement(name), Object.fromEntries(Object.entries(parameters).filter(([each]) => used.has(each))));
}

/** Kinds as the two databases can tell them. */
function kindOf(column: Column): string {
  if (typeof column !== 'string') return 'text';
  return column.replace('?', '').replace('micros', 'integer');
}

/** Compares declared columns with those that came, without features where any of them may be among these. */
function expectDeclared(declared: Rows[string], came: [name: string, kind: string][]): void {
  const { '*': any, ...named } = declared;
  const columns = any === undefined ? came : came.filter(([name]) => !features.includes(name));
  expect(columns.map(([name, kind]) => `${name} ${kind}`).sort()).toEqual(
    Object.entries(named)
      .map(([name, column]) => `${name} ${kindOf(column)}`)
      .sort(),
  );
}

it('every statement that reads is declared, and nothing else', () => {
  const others = reading.filter((name) => undeclared.some((pattern) => pattern.test(name)));
  expect([...Object.keys(rows), ...Object.keys(rowsOfParts), ...others].sort()).toEqual([...reading].sort());
});

describe('QuestDB gives the rows that are declared of', () => {
  const kinds = new Map<number, string>([
    [pg.types.builtins.VARCHAR, 'text'],
    [pg.types.builtins.BOOL, 'boolean'],
    [pg.types.builtins.INT4, 'integer'],
    [pg.types.builtins.INT8, 'integer'],
    [pg.types.builtins.FLOAT8, 'double'],
    [pg.types.builtins.TIMESTAMP, 'time'],
    // Of FLOAT8[], which pg has no name for.
    [1022, 'numbers'],
  ]);
  let client: pg.Client;
  beforeAll(async () => {
    const { host, pgPort: port, user, password, database } = inject('questdb');
    client = new pg.Client({ host, port, user, password, database });
    await client.connect();
  });
  afterAll(() => client?.end());

  it.each(Object.entries<Rows[string]>(rows))('%s', async (name, declared) => {
    const { fields } = await client.query(bound(name));
    expectDeclared(
      declared,
      fields.map((field) => [field.name, kinds.get(field.dataTypeID) ?? `type ${field.dataTypeID}`]),
    );
  });

  it.each(reading.filter((name) => name.startsWith('metrics/')))('or runs %s', async (name) => {
    expect((await client.query(expanded(bind(statement(name)), view))).fields).not.toEqual([]);
  });
});

describe('DuckDB gives the rows that are declared of', () => {
  const kinds: Record<string, string> = { VARCHAR: 'text', BOOLEAN: 'boolean', BIGINT: 'integer', DOUBLE: 'double' };
  let connection: DuckDBConnection;
  beforeAll(async () => {
    connection = await (await DuckDBInstance.create(':memory:')).connect();
    await connection.run(surveyedRows({ from: 'range(0)', raw: "''" }));
    await connection.run(rawTicks({ from: 'range(0)', columns: {}, raw: "''" }));
    for (const name of ['take_stretches', 'take_touching', 'forget_known'])
      await connection.run(statement(`imports/${name}`));
    const file = { numbered: true, newest_first: false, lines: 0, lines_before: 0, place: 0 };
    await connection.run(bind(statement('imports/check_rows'), { ...file, now: 0, received_at: 0 }));
    await connection.run(rawCandles({ from: 'range(0)', columns: {}, raw: "''" }));
    for (const name of ['keep_part', 'take_sound_rows', 'check_candles'])
      await connection.run(statement(`imports/${name}`));
  });
  afterAll(() => connection?.closeSync());

  it.each(Object.entries<Rows[string]>(rowsOfParts))('%s', async (name, declared) => {
    const result = await connection.run(bound(name));
    const kind = (type: DuckDBType) => kinds[String(type)] ?? `type ${type}`;
    expectDeclared(
      declared,
      result.columnNames().map((column, i) => [column, kind(result.columnType(i))]),
    );
  });
});
