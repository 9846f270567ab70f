import { Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { parseInstruments } from '#ingest/venues/blofin/instruments.ts';
import { eventually } from '#lib/testing/eventually.ts';
import { type ListingChange, ListingWatch } from './listing_watch.ts';

function listing(rows: { [instId: string]: string }) {
  return parseInstruments(Object.entries(rows).map(([instId, contractValue]) => ({ instId, contractValue })));
}

async function watchOf(wanted: string[], answers: (() => ReturnType<typeof listing>)[]) {
  const lines: { msg: string; symbol?: string }[] = [];
  const sink = new Writable({
    write(chunk, _, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const log = pino(sink);
  const rest = { instruments: async () => (answers.length > 1 ? answers.shift()! : answers[0])() };
  const watch = new ListingWatch(rest, wanted, await rest.instruments(), log);
  const changes: ListingChange[] = [];
  watch.start((change) => changes.push(change), true, { everyMs: 5, againMs: 5 });
  return { watch, changes, lines };
}

describe('ListingWatch', () => {
  it('passes over what is not listed, with a warning, and finds it when it is', async () => {
    const before = () => listing({ 'BTC-USDT': '0.001' });
    const after = () => listing({ 'BTC-USDT': '0.001', '1000PEPE-USDT': '10' });
    const { watch, changes, lines } = await watchOf(['BTC-USDT', 'PEPE-USDT'], [before, before, after]);
    expect([watch.symbols, watch.skipped]).toEqual([['BTC-USDT'], ['PEPE-USDT']]);
    expect(lines[0]).toMatchObject({ symbol: 'PEPE-USDT', msg: expect.stringContaining('does not list') });
    await eventually(() => expect(changes.length).toBe(1));
    watch.stop();
    expect(changes[0].follow.map(({ symbol, instId }) => [symbol, instId])).toEqual([['PEPE-USDT', '1000PEPE-USDT']]);
    expect(changes[0].symbols).toEqual(['BTC-USDT', 'PEPE-USDT']);
    expect(watch.skipped).toEqual([]);
  });

  it('tells of a changed contract value and of an instrument that is gone, and is silent otherwise', async () => {
    const before = () => listing({ 'BTC-USDT': '0.001', 'ETH-USDT': '0.01' });
    const changed = () => listing({ 'BTC-USDT': '0.01', 'ETH-USDT': '0.01' });
    const gone = () => listing({ 'BTC-USDT': '0.01' });
    const { watch, changes } = await watchOf(['BTC-USDT', 'ETH-USDT'], [before, before, changed, changed, gone]);
    await eventually(() => expect(changes.length).toBe(2));
    await new Promise((resolve) => setTimeout(resolve, 50));
    watch.stop();
    expect(changes.map((change) => [change.follow.map(({ symbol }) => symbol), change.symbols])).toEqual([
      [['BTC-USDT'], ['BTC-USDT', 'ETH-USDT']],
      [[], ['BTC-USDT']],
    ]);
    expect(watch.skipped).toEqual(['ETH-USDT']);
  });

  it('keeps what it knows when the exchange does not answer', async () => {
    const failing = () => {
      throw new Error('502');
    };
    const { watch, changes, lines } = await watchOf(['BTC-USDT'], [() => listing({ 'BTC-USDT': '1' }), failing]);
    await eventually(() => expect(lines.some(({ msg }) => msg.startsWith('instruments not checked'))).toBe(true));
    watch.stop();
    expect([watch.symbols, changes]).toEqual([['BTC-USDT'], []]);
  });
});
