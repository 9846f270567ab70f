import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InstrumentRow } from '#ingest/local_exchange/market.ts';
import { readManifest } from '#ingest/recordings/manifest.ts';
import { Limiter } from '#ingest/transport/limiter.ts';
import { type LocalExchange, startExchange } from '#ingest/venues/blofin/local/server.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';
import { blofin } from '#ingest/venues/blofin/venue.ts';
import { silent } from '#lib/log.ts';
import { recordMarket } from './record_market.ts';

const symbols = ['BTC-USDT', 'ETH-USDT'];
let out: string;
let exchange: LocalExchange;
let instruments: InstrumentRow[];
let stop: AbortController;

beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'record-market-'));
  stop = new AbortController();
  const market = simulateMarket({ symbols, seed: 5, start: Date.UTC(2026, 2, 3, 10), historyMinutes: 1 });
  instruments = market.instruments as InstrumentRow[];
  exchange = await startExchange({ market, speed: 60, autoplay: true });
});
afterEach(async () => {
  await exchange.close();
  await rm(out, { recursive: true });
});

const record = (onTicks: (ticks: number) => void) =>
  recordMarket({
    ...{ venue: blofin, wsUrl: exchange.wsUrl, symbols, out, log: silent, signal: stop.signal, instrumentsMs: 20 },
    rest: blofin.rest({ url: exchange.restUrl, limiter: new Limiter({ perMinute: 60_000 }) }),
    onProgress: ({ ticks }) => onTicks(ticks),
  });

describe('recordMarket', () => {
  it('states the contract values of each time: a change begins another directory', async () => {
    const before = instruments.map(({ instId, contractValue }) => [instId, contractValue]);
    let changed = 0;
    const summary = await record((ticks) => {
      if (ticks > 0 && !changed) {
        changed = ticks;
        instruments[0].contractValue = '0.5';
      } else if (changed && ticks > changed + 50) stop.abort();
    });
    expect(summary.path).toBe('frames-2');
    const entries = await readManifest(out);
    expect(entries.map(({ path }) => path)).toEqual(['frames', 'frames-2']);
    expect(entries[0].contractValue).toEqual(Object.fromEntries(before));
    expect(entries[1].contractValue).toEqual({ ...Object.fromEntries(before), 'BTC-USDT': '0.5' });
    expect(entries[0].rows! + entries[1].rows!).toBe(summary.written);
    expect(entries.every(({ rows }) => rows! > 0)).toBe(true);
  });

  it('goes on while the venue answers no question', async () => {
    let asked = 0;
    const summary = await record((ticks) => {
      if (ticks > 0 && asked++ === 0) exchange.faults.banRest(60_000);
      if (asked > 3) stop.abort();
    });
    expect(summary).toMatchObject({ path: 'frames', lost: 0, rejected: 0 });
    expect(summary.ticks).toBeGreaterThan(10);
  });
});
