import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { storeFeatures } from '#app/checks/fixtures/stored_features.ts';
import { runCli, sharedServers } from '#app/testing/cli.ts';
import { catalogue } from '#features/catalogue.ts';
import { ownVenue, storeBars } from '#features/testing/stored_market.ts';
import { walk } from '#features/testing/walk.ts';
import { QuestDb } from '#lib/questdb/database.ts';

const minute = 60_000;
const start = Date.UTC(2026, 1, 1);
const venue = ownVenue();
let db: QuestDb;
let directory: string;

beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  directory = mkdtempSync(join(tmpdir(), 'tickforest-show-'));
  const bars = ['A-USDT', 'B-USDT'].flatMap((symbol) => walk(10, 1, start).map((bar) => ({ ...bar, venue, symbol })));
  await storeBars(db, bars);
  const rows = Array.from({ length: 10 }, (_, i) => ({
    ...{ venue, symbol: 'A-USDT', time: start + i * minute },
    values: { adl: i === 9 ? null : undefined },
  }));
  await storeFeatures(db, '1m', rows);
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await db.close();
});

function run(...args: string[]) {
  return runCli(
    ['features', ...args],
    sharedServers({ questdb: inject('questdb'), redis: inject('redis') }, directory),
  );
}

// Each run is a process of its own, which takes a second or more: one for each way of showing.
describe('./tickforest features', () => {
  it('show: a row a feature, a column a bar', async () => {
    const { code, stdout } = await run('show', '--venue', venue, '--symbol', 'a-usdt', '--bars', '2');
    expect(code).toBe(0);
    expect(stdout).toMatch(/2026-02-01T00:08.*2026-02-01T00:09/);
    expect(stdout).toMatch(/adl +│ technical +│ \S+ +│ – /);
  });

  it('show: more bars than QuestDB takes from the end, and no more than a screen has room for', async () => {
    const args = ['show', '--venue', venue, '--symbol', 'A-USDT', '--bars', '20000'];
    const [printed, shown] = await Promise.all([run(...args, '--json'), run(...args)]);
    expect(printed.code).toBe(0);
    const { rows } = JSON.parse(printed.stdout) as { rows: { ts: string }[] };
    expect(rows.map(({ ts }) => Date.parse(ts))).toEqual(Array.from({ length: 10 }, (_, i) => start + i * minute));
    expect(shown.code).toBe(1);
    expect(shown.stderr).toMatch(/A screen shows 100 bars at most, not 20,000\.\s.*--out .*--json/s);
    expect(shown.stderr).not.toMatch(/ at .*:\d+:\d+/);
  });

  it('fill: counts the rows of the symbols that were asked for, and those that stood already', async () => {
    const own = ownVenue();
    const bars = ['A-USDT', 'B-USDT'].flatMap((symbol) =>
      walk(410, 2, start).map((bar) => ({ ...bar, venue: own, symbol })),
    );
    await storeBars(db, bars);
    const fill = async (...args: string[]) => {
      const { code, stdout, stderr } = await run('fill', '--venue', own, '--json', ...args);
      expect(code, stderr).toBe(0);
      return JSON.parse(stdout);
    };
    expect(await fill('--symbols', 'A-USDT')).toMatchObject({ rows: 10, kept: 0, symbols: 1, nulls: 0 });
    expect(await fill()).toMatchObject({ rows: 10, kept: 10, symbols: 1, nulls: 0 });
    expect(await fill('--symbols', 'A-USDT')).toMatchObject({ rows: 0, kept: 10, symbols: 0, nulls: 0 });
  });

  it('show --out: a file, and what is in it', async () => {
    const file = join(directory, 'a.csv');
    const { code, stdout } = await run('show', '--venue', venue, '--symbol', 'A-USDT', '--out', file, '--json');
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      {
        ...{ file, rows: 10, features: catalogue('1m').length },
        ...{ from: '2026-02-01T00:00:00.000Z', to: '2026-02-01T00:09:00.000Z' },
      },
    ]);
    expect(readFileSync(file, 'utf8').trim().split('\r\n')).toHaveLength(11);
  });

  it('list --json: every feature of the catalogue', async () => {
    const entries: Record<string, unknown>[] = JSON.parse((await run('list', '--json')).stdout);
    expect(entries.map(({ name }) => name)).toEqual(catalogue('1m').map(({ name }) => name));
    expect(entries.find(({ name }) => name === 'rsi_14')).toMatchObject({
      ...{ family: 'technical', scale: 'relative', warmup: 14, range: [0, 100], input: 'rsi_14', input_reason: null },
      ...{ timeframes: ['1m', '5m', '15m', '1h'], hypothesis: null, null_rule: expect.stringMatching(/^50 when/) },
    });
    expect(entries.find(({ name }) => name === 'obv')).toMatchObject({ range: [null, null] });
  });
});
