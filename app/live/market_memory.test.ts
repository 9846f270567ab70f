import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseInstruments } from '#ingest/venues/blofin/instruments.ts';
import { silent } from '#lib/log.ts';
import { MarketMemory } from './market_memory.ts';

const url = 'http://127.0.0.1:1';
const origin = { venue: 'blofin', kind: 'live' } as const;
const listed = parseInstruments([
  { instId: 'BTC-USDT', contractValue: '0.001' },
  { instId: '1000PEPE-USDT', contractValue: '10' },
]);
const sound = { origin: async () => origin, instruments: async () => listed };
const failing = {
  origin: async () => origin,
  instruments: async (): Promise<typeof listed> => {
    throw new Error('503');
  },
};

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'tickforest-memory-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

describe('MarketMemory', () => {
  it('has nothing to say before the exchange has said something', async () => {
    await expect(new MarketMemory(dataDir, url).ask(failing, silent)).rejects.toThrow('503');
  });

  it('gives what the exchange said last, to a later process, while REST fails', async () => {
    const first = new MarketMemory(dataDir, url);
    const answer = await first.ask(sound, silent);
    expect(answer).toEqual({ origin, listed, fresh: true });
    first.keep(origin, listed, silent);
    const later = await new MarketMemory(dataDir, url).ask(failing, silent);
    expect(later.fresh).toBe(false);
    expect(later.origin).toEqual(origin);
    expect([...later.listed]).toEqual([...listed]);
  });

  it('knows no other exchange, and nothing that is older than a week', async () => {
    new MarketMemory(dataDir, url).keep(origin, listed, silent);
    await expect(new MarketMemory(dataDir, 'http://127.0.0.1:2').ask(failing, silent)).rejects.toThrow('503');
    const file = join(dataDir, 'market.json');
    const old = { ...JSON.parse(readFileSync(file, 'utf8')), at: Date.now() - 8 * 86_400_000 };
    writeFileSync(file, JSON.stringify(old));
    await expect(new MarketMemory(dataDir, url).ask(failing, silent)).rejects.toThrow('503');
  });

  it('does not fail where it cannot be written', () => {
    const file = join(dataDir, 'file');
    writeFileSync(file, '');
    new MarketMemory(file, url).keep(origin, listed, silent);
    expect(() => new MarketMemory(dataDir, url).read()).not.toThrow();
  });
});
