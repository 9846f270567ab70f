import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { storeFeatures } from '#app/checks/fixtures/stored_features.ts';
import { runCli, sharedServers } from '#app/testing/cli.ts';
import { fillFeatures } from '#features/fill.ts';
import { ownVenue, storeBars } from '#features/testing/stored_market.ts';
import { walk } from '#features/testing/walk.ts';
import { QuestDb } from '#lib/questdb/database.ts';

const start = Date.UTC(2026, 3, 6);
let db: QuestDb;
let directory: string;
beforeAll(() => {
  db = new QuestDb(inject('questdb'));
  directory = mkdtempSync(join(tmpdir(), 'tickforest-check-'));
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await db.close();
});

async function venueOfBars(): Promise<string> {
  const venue = ownVenue();
  await storeBars(
    db,
    walk(410, 1, start).map((bar) => ({ ...bar, venue, symbol: 'A-USDT' })),
  );
  return venue;
}

function check(...args: string[]) {
  return runCli(['check', ...args], sharedServers({ questdb: inject('questdb'), redis: inject('redis') }, directory));
}

// Each run is a process of its own, which takes a second or more.
describe('./tickforest check of features', () => {
  it('leak: ends with 0 where there is none, and says what it has looked at', async () => {
    const venue = await venueOfBars();
    await fillFeatures(db, { venue, timeframe: '1m' });
    const { code, stdout } = await check('leak', '--venue', venue, '--timeframe', '1m', '--cuts', '2', '--json');
    expect(code).toBe(0);
    const { statements, ...document } = JSON.parse(stdout);
    expect(document).toMatchObject({ check: 'leak', sound: true, venues: [{ venue, findings: [] }] });
    expect(document.venues[0].looked['1m cuts']).toBeGreaterThanOrEqual(3);
    expect(statements.files).toBeGreaterThan(10);
    expect(statements.offences).toEqual([]);
  });

  it('quality: ends with 1 and the list where something is wrong', async () => {
    const venue = await venueOfBars();
    const row = { venue, symbol: 'A-USDT', time: start };
    await storeFeatures(db, '1m', [{ ...row, values: { rsi_14: null } }]);
    const { code, stdout, stderr } = await check('quality', '--venue', venue);
    expect(code).toBe(1);
    expect(stdout).toMatch(/1m rsi_14 is null +│ A-USDT +│ 2026-04-06T00:00:00\.000Z .* in 1 of 1 rows/);
    expect(stderr).toContain('check quality: 1 findings.');
  });

  it('quality: does not take no features for good ones', async () => {
    const { code, stdout, stderr } = await check('quality', '--venue', await venueOfBars());
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('this period has no features. Compute them: ./tickforest features fill');
  });

  it('parity: ends with 0 where there are no signals, and says so', async () => {
    const { code, stdout } = await check('parity', '--venue', await venueOfBars());
    expect([code, stdout]).toEqual([0, expect.stringContaining('no signals yet')]);
  });
});
