import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runCli, sharedServers } from '#app/testing/cli.ts';
import { ownVenue } from '#features/testing/stored_market.ts';

const cases = process.env.TICKFOREST_CASES;
const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-one-symbol-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const cli = (args: string[], env: NodeJS.ProcessEnv = {}) =>
  runCli(args, { ...sharedServers({ questdb: inject('questdb'), redis: inject('redis') }, dataDir), ...env });

describe.skipIf(!cases)('one symbol does not decide for all (needs TICKFOREST_CASES)', () => {
  async function train(files: string[]) {
    const venue = ownVenue();
    const imported = await cli(['import', 'candles-csv', '--venue', venue, ...files.map((file) => join(cases!, file))]);
    expect(imported.code, imported.stderr).toBe(0);
    const options = ['--venue', venue, '--top', '2', '--bars', '500', '--horizon', '5', '--json'];
    const trained = await cli(['train', 'risk_scorer', ...options]);
    expect(trained.code, trained.stderr).toBe(0);
    const { windows, runs } = JSON.parse(trained.stdout);
    expect(windows).toHaveLength(1);
    return { ...windows[0], runs };
  }

  it('delisted-symbol: the window ends with the market, not with the symbol that has left it', async () => {
    const { window, skipped, runs } = await train([
      'delisted-symbol/GONE-USDT.csv.gz',
      'delisted-symbol/LIVE-USDT.csv.gz',
    ]);
    expect(window.symbols).toEqual(['LIVE-USDT']);
    expect(window.to).toMatch(/^2024-01-07T05/);
    expect(runs[0].window.to).toBe(window.to);
    expect(skipped).toEqual([{ symbol: 'GONE-USDT', reason: expect.stringContaining('2024-01-02T05:59') }]);
  });

  it('new-listing: a symbol that is too young is passed over, and the others are trained on', async () => {
    const { window, skipped, runs } = await train(['new-listing/NEW-USDT.csv', 'new-listing/OLD-USDT.csv']);
    expect(window.symbols).toEqual(['OLD-USDT']);
    expect(runs).toHaveLength(1);
    expect(skipped).toEqual([
      { symbol: 'NEW-USDT', reason: expect.stringMatching(/^295 of its bars .* 500 are wanted/) },
    ]);
  });
});

describe('a listing that cannot be read', () => {
  // Answers like the exchange, whose list also has a pair that is announced and states no contract value yet.
  const listed = ['AAA-USDT', 'BBB-USDT', 'SOON-USDT'].map((instId) => ({
    ...{ instId, contractType: 'linear', state: 'live' },
    contractValue: instId === 'SOON-USDT' ? '' : '0.01',
  }));
  const exchange = createServer((request, response) => {
    // Those before the time that is asked for: just after midnight two days are fetched, one after the other.
    const after = Number(new URL(request.url!, 'http://exchange').searchParams.get('after') ?? Date.now());
    const newest = Math.floor((Math.min(after, Date.now()) - 1) / 60_000) * 60_000;
    const candles = Array.from({ length: 20 }, (_, i) => [
      `${newest - 60_000 * i}`,
      '10',
      '11',
      '9',
      '10',
      '5',
      '1',
      '1',
      '1',
    ]);
    const data = request.url!.includes('instruments') ? listed : candles;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ code: '0', msg: 'success', data }));
  });
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    await new Promise<void>((resolve) => exchange.listen(0, '127.0.0.1', resolve));
    env = { TICKFOREST_MARKET_REST_URL: `http://127.0.0.1:${(exchange.address() as AddressInfo).port}` };
  });
  afterAll(() => exchange.close());
  const backfill = (symbols: string) => cli(['backfill', '--days', '0.01', '--symbols', symbols, '--json'], env);

  it('keeps no other pair from being fetched, and is warned of once', async () => {
    const { code, stdout, stderr } = await backfill('AAA-USDT,BBB-USDT');
    expect(code, stderr).toBe(0);
    const { symbols, skipped } = JSON.parse(stdout);
    expect(symbols.map((each: { symbol: string }) => each.symbol)).toEqual(['AAA-USDT', 'BBB-USDT']);
    expect(skipped).toEqual([]);
    expect(
      stderr.split('\n').filter((line) => line.includes('cannot be read') && line.includes('SOON-USDT')),
    ).toHaveLength(1);
  });

  it('is an error for who names it, with what helps', async () => {
    const beside = await backfill('AAA-USDT,SOON-USDT');
    expect(beside.code, beside.stderr).toBe(0);
    expect(JSON.parse(beside.stdout).skipped).toEqual([
      { symbol: 'SOON-USDT', reason: expect.stringContaining('contract value ""') },
    ]);
    const alone = await backfill('SOON-USDT');
    expect(alone).toMatchObject({ code: 1, stdout: '' });
    expect(alone.stderr).toMatch(/contract value "" for SOON-USDT.*Leave it out of --symbols.*AAA-USDT/s);
  });
});
