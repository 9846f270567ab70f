import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { runCli, sharedServers } from '#app/testing/cli.ts';
import { ownVenue, storeBars } from '#features/testing/stored_market.ts';
import { walk } from '#features/testing/walk.ts';
import { appendRows, type NewRow } from '#lib/questdb/append.ts';
import { QuestDb } from '#lib/questdb/database.ts';

const venue = ownVenue();
const at = (minutes: number) => (Date.UTC(2026, 2, 2, 10) + minutes * 60_000) * 1_000;
let db: QuestDb;
let env: NodeJS.ProcessEnv;

const row = (minutes: number, symbol: string, model: string, more: Partial<NewRow> = {}): NewRow => ({
  ts: at(minutes),
  symbols: { venue, symbol, timeframe: '1m', model },
  strings: { run_id: 'r', shown: 'up', codes: 'no_champion', reason: 'no champion' },
  longs: { horizon: 5 },
  doubles: { probability: 0.5431, close: 101.5, age_seconds: 185 },
  booleans: { gated: true, absent: false },
  timestamps: { created_at: Date.now() * 1_000 },
  arrays: { raw: [0.4569, 0.5431], baseline: [0.5, 0.5] },
  ...more,
});

beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  env = sharedServers({ questdb: inject('questdb'), redis: inject('redis') }, '/tmp');
  await storeBars(
    db,
    walk(3, 1, at(0) / 1_000).map((bar) => ({ ...bar, venue, symbol: 'A-USDT' })),
  );
});
afterAll(() => db.close());

const signals = (...args: string[]) => runCli(['signals', '--venue', venue, ...args], env);

it('says where signals come from while there are none', async () => {
  const { code, stdout } = await signals();
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringMatching(
      /^There are no signals of \S+ yet\. A model that is trained \(\.\/tickforest train\)/,
    ),
  });
});

it('refuses what there is not', async () => {
  expect((await signals('--model', 'oracle')).stderr).toMatch(/There is no model oracle\. Choose one of direction/);
  expect((await signals('--since', 'yesterday')).stderr).toMatch(/Give a length of time like 90s, 15m, 2h or 1d/);
  const other = await runCli(['signals', '--venue', 'nowhere'], env);
  expect([other.code, other.stdout]).toEqual([1, '']);
  expect(other.stderr).toMatch(/nowhere/);
});

it('lists the newest first, with times as people say them, and narrows down', async () => {
  await appendRows(db.address, 'signals', [
    row(0, 'A-USDT', 'direction_predictor'),
    row(1, 'A-USDT', 'direction_predictor'),
    row(1, 'B-USDT', 'risk_scorer', {
      strings: { run_id: 'r', codes: 'no_bar', reason: 'it has no bar' },
      longs: { horizon: 15, bars: 12 },
      ...{ booleans: { gated: true, absent: true }, doubles: {}, arrays: {} },
    }),
  ]);
  await db.applied(['signals']);
  const lines = (await signals()).stdout.split('\n').filter((line) => line.includes('USDT'));
  expect(lines.map((line) => line.split('│').map((cell) => cell.trim()))).toEqual([
    [
      '',
      '2026-03-02 10:01 1m',
      'A-USDT',
      'direction_predictor +5',
      'up',
      '0.5431',
      '101.5',
      '3.1 min',
      'no champion',
      '',
    ],
    ['', '2026-03-02 10:01 1m and 11 more', 'B-USDT', 'risk_scorer +15', 'nothing', '–', '–', '', 'it has no bar', ''],
    [
      '',
      '2026-03-02 10:00 1m',
      'A-USDT',
      'direction_predictor +5',
      'up',
      '0.5431',
      '101.5',
      '3.1 min',
      'no champion',
      '',
    ],
  ]);
  const document = JSON.parse((await signals('--symbol', 'A-USDT', '--limit', '1', '--json')).stdout);
  expect(document).toMatchObject({
    venue,
    signals: [{ bar: '2026-03-02T10:01:00.000Z', symbol: 'A-USDT', raw: [0.4569, 0.5431], codes: 'no_champion' }],
  });
  expect((await signals('--since', '1h')).stdout).toMatch(/^There are no signals of \S+ that are asked for/);
  expect((await signals('--model', 'risk_scorer', '--json')).stdout).toContain('"model": "risk_scorer"');
});

it('follows: a line for each as it is made, none twice, until it is told to end', async () => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, 'signals', '--venue', venue, '--follow', '--json', '--limit', '1'], {
    env,
  });
  let said = '';
  child.stdout.on('data', (data) => {
    said += data;
  });
  const lines = () => said.trim().split('\n').filter(Boolean);
  const until = async (count: number) => {
    while (lines().length < count) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  await until(1);
  for (const minutes of [2, 3]) {
    await appendRows(db.address, 'signals', [
      row(minutes + (Date.now() * 1_000 - at(0)) / 6e7, 'A-USDT', 'direction_predictor'),
    ]);
    await until(minutes);
  }
  child.kill('SIGINT');
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
  expect(new Set(lines().map((line) => JSON.parse(line).bar)).size).toBe(3);
  expect(lines()).toHaveLength(3);
});
