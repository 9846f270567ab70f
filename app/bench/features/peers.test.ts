import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { type Python, preparePython } from '#app/bench/python.ts';
import { warmupBars } from '#features/catalogue.ts';
import { fillFeatures } from '#features/fill.ts';
import { ownVenue } from '#features/testing/stored_market.ts';
import { loadConfig } from '#lib/config.ts';
import { UserError } from '#lib/errors.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { benchFeatures } from './bench.ts';
import { loadMarket } from './bench_market.ts';
import { peersFolder } from './context.ts';
import { exportListed, listedFiles } from './listed.ts';
import { listedNames } from './listed_names.ts';
import { compareWithPeer } from './peer_comparison.ts';
import { runPeers } from './peers.ts';
import { makeTable } from './tables.ts';

const { recordings } = loadConfig();

describe('the peers of bench features', () => {
  let python: Python | UserError;
  beforeAll(async () => {
    // Where there is no Python the peers cannot run, and there is nothing to compare.
    python = await preparePython(peersFolder, () => {}).catch((error: unknown) => {
      if (error instanceof UserError) return error;
      throw error;
    });
  });

  it.skipIf(recordings === undefined)('compute what the families of the list compute', async ({ skip }) => {
    if (python instanceof UserError) return skip(python.sentence);
    const db = new QuestDb(inject('questdb'));
    const directory = mkdtempSync(join(tmpdir(), 'tickforest-peers-'));
    try {
      const [symbols, bars] = [4, 500];
      const market = loadMarket(recordings, symbols, warmupBars('1m') + bars, ownVenue());
      await market.store(db, 0, warmupBars('1m') + bars);
      const table = await makeTable(db, 'peers_test', listedFiles());
      await fillFeatures(db, { venue: market.venue, timeframe: '1m', only: { files: listedFiles(), table } });
      const stored = join(directory, 'stored.parquet');
      await exportListed(db, table, market.venue, stored);
      const peers = await runPeers(db, market.venue, python, { directory, newest: bars, runs: 1 }, () => {});
      for (const peer of peers) {
        const { rows, columns } = await compareWithPeer(stored, peer.file);
        expect(rows).toBe(symbols * bars);
        expect(columns.filter(({ disagreeing }) => disagreeing > 0)).toEqual([]);
        const names = columns.map(({ name }) => name);
        if (peer.library === 'duckdb') expect(names).toHaveLength(69);
        else expect(names.toSorted()).toEqual(listedNames.toSorted());
      }
    } finally {
      await db.query('DROP TABLE IF EXISTS features_peers_test');
      await db.close();
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe('bench features', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('has a list of 90 features', () => {
    expect(new Set(listedNames).size).toBe(90);
  });

  it('names --no-peers where there is no Python', async () => {
    vi.stubEnv('PATH', '/nonexistent');
    const root = mkdtempSync(join(tmpdir(), 'tickforest-python-'));
    try {
      const error = await preparePython(peersFolder, () => {}, root).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).sentence).toMatch(/^The Python peers need Python .*--no-peers\.$/);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  it('does not run on a server of yours, whose features it would empty', async () => {
    const db = new QuestDb(inject('questdb'));
    const config = loadConfig();
    const yours = { ...config, questdb: { ...config.questdb, host: '127.0.0.1' } };
    const options = { peers: false, symbols: 1, bars: 1, closes: 1 };
    await expect(benchFeatures({ db, config: yours }, options, () => {})).rejects.toThrow(/server of yours/);
    await db.close();
  });
});

describe('the market of bench features', () => {
  it.skipIf(recordings === undefined)('has the recorded symbols again under other names, in the same minutes', () => {
    const market = loadMarket(recordings, 20, 3);
    expect(new Set(market.symbols).size).toBe(20);
    expect(market.symbols[16]).toBe(market.symbols[0].replace('-', '2-'));
    expect(market.at(2) - market.at(0)).toBe(120_000_000);
  });

  it.skipIf(recordings === undefined)('says when the recordings are too short', () => {
    expect(() => loadMarket(recordings, 1, 1e7)).toThrow(/not 10000000 without a hole/);
  });

  it('says when there are none', () => {
    expect(() => loadMarket(undefined, 1, 1)).toThrow('There are no recorded candles');
  });
});
