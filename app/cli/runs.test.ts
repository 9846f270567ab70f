import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { runCli, sharedServers } from '#app/testing/cli.ts';
import { ownVenue } from '#features/testing/stored_market.ts';
import { storeSimulatedBars } from '#jobs/train/fixtures/simulated_bars.ts';
import { QuestDb } from '#lib/questdb/database.ts';

const venue = `sim-${ownVenue()}`;
const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-runs-'));
let db: QuestDb;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  env = sharedServers({ questdb: inject('questdb'), redis: inject('redis') }, dataDir);
  await storeSimulatedBars(db, { venue, symbols: ['BTC-USDT', 'ETH-USDT'], minutes: 1_300, seed: 7 });
});
afterAll(async () => {
  await db.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const runs = (...args: string[]) => runCli(['runs', '--venue', venue, ...args], env);
const listed = async (...args: string[]) => JSON.parse((await runs('--json', ...args)).stdout);

it('lists what was trained, the newest first, and tells the champion', async () => {
  const before = await runs();
  const remedy = `There is no run of ${venue}. Train: ./tickforest train --venue ${venue}\n`;
  expect([before.code, before.stdout]).toEqual([0, remedy]);
  expect(await listed()).toEqual({ runs: [], more: false });

  const ids: string[] = [];
  for (const seed of ['1', '2']) {
    const options = ['--venue', venue, '--bars', '700', '--horizon', '5', '--seed', seed, '--allow-simulated'];
    const { code, stdout, stderr } = await runCli(['train', 'risk_scorer', ...options], env);
    expect(code, stderr).toBe(0);
    const [, id] = /^risk_scorer, 5 ahead, is run (\w+)\.$/m.exec(stdout) ?? [];
    ids.unshift(id);
  }
  await db.query(
    `insert into model_promotions (ts, venue, model, timeframe, horizon, run_id, action) values (now(), '${venue}', 'risk_scorer', '1m', 5, '${ids[1]}', 'promoted')`,
  );
  await db.applied(['model_promotions', 'model_runs', 'model_metrics']);

  const { runs: found, more } = await listed();
  expect([found.map((run: { run_id: string }) => run.run_id), more]).toEqual([ids, false]);
  expect(found[1]).toMatchObject({
    ...{ model: 'risk_scorer', timeframe: '1m', horizon: 5, venue, champion: true, simulated: true, shuffled: false },
    ...{ engine: expect.any(String), skill: expect.any(Number), p_value: expect.any(Number) },
    ...{ window_to: expect.stringMatching(/^20.*Z$/), created_at: expect.stringMatching(/^20.*Z$/) },
  });
  expect(found[0].champion).toBe(false);
  expect(await listed('--limit', '1')).toMatchObject({ runs: [{ run_id: ids[0] }], more: true });
  expect(await listed('--model', 'risk_scorer', '--timeframe', '1m')).toMatchObject({ runs: [{}, {}] });
  expect(await listed('--model', 'price_predictor')).toEqual({ runs: [], more: false });
  expect(await listed('--timeframe', '1h')).toEqual({ runs: [], more: false });

  const { stdout } = await runs();
  const [first, second] = ids.map((id) => stdout.split('\n').find((line) => line.includes(id)));
  expect([first, second]).toEqual([expect.stringContaining('simulated market'), expect.stringContaining('champion')]);
  expect((await runs('--limit', '1')).stdout).toContain('The newest 1 runs; there are more: --limit.');
});

it.each([
  [['--limit', '0'], /Give a whole number of 1 or more/],
  [['--timeframe', '2m'], /Allowed choices are 1m, 5m/],
])('refuses %j', async (args, reason) => {
  const { code, stdout, stderr } = await runs(...args);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(reason);
});
