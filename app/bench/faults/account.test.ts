import { describe, expect, it } from 'vitest';
import { instrumentRow } from '#ingest/local_exchange/market.ts';
import { Accounts } from './account.ts';
import { Recorder } from './recorder.ts';
import type { Stored } from './stored.ts';

const instId = 'BTC-USDT';
const push = (channel: string, row: object) => JSON.stringify({ arg: { channel, instId }, data: [{ instId, ...row }] });
const trade = (id: number, ts = 1_000 + id) =>
  push('trades', { tradeId: String(id), price: '80000.1', size: '3', side: 'buy', ts: String(ts) });
const quote = (ts: number) => push('tickers', { ts: String(ts), last: '5', bidPrice: '4', askPrice: '6' });

function delivered(...texts: [text: string, original?: string][]) {
  const recorder = new Recorder();
  for (const [text, original = text] of texts) recorder.sent(text, original);
  return recorder.rows;
}

const none = { price: null, size: null, side: null, bid: null, ask: null };
const ticks = (...ids: number[]): Stored['ticks'] =>
  ids.map((id) => ({
    ...none,
    ...{ ts: (1_000 + id) * 1_000, symbol: instId, kind: 'trade', price: 80_000.1, size: 0.003, side: 'buy' },
  }));
const accounts = (stored: Partial<Stored>) =>
  new Accounts({ ticks: [], refused: [], gaps: [], bars: [], ...stored }, [instrumentRow(instId, '0.001')]);

describe('the account of delivered rows', () => {
  it('finds trades and quotes again among what is stored, each once however often it came', () => {
    const quoted = { ...none, ts: 9_000_000, symbol: instId, kind: 'quote', price: 5, bid: 4, ask: 6 };
    const rows = delivered([trade(1)], [trade(1)], [trade(2)], [quote(9_000)]);
    expect(accounts({ ticks: [...ticks(1, 2), quoted] }).of(rows)).toMatchObject({
      ...{ delivered: 3, stored: 3, lost: 0, lost_without_row: 0 },
    });
  });

  it('tells what is refused, or in a gap, from what is lost without a row', () => {
    const cut = trade(2).slice(0, 60);
    const rows = delivered([trade(1)], [cut, trade(2)], [trade(3)], [trade(4)], [trade(5)]);
    const gaps = [{ symbol: instId, event: 'healed', since: 1_004_000, until: 1_004_500 }];
    const account = accounts({ ticks: ticks(1), refused: [cut, trade(3)], gaps }).of(rows);
    expect(account).toMatchObject({ delivered: 5, stored: 1, lost: 4, lost_without_row: 1 });
    expect(account.examples).toEqual([`trade of ${instId} at 1970-01-01T00:00:01.005Z`]);
  });

  it('takes a row of another content for another row, and an open gap for one that goes on', () => {
    const rows = delivered([trade(1, 2_000)]);
    expect(accounts({ ticks: ticks(1) }).of(rows)).toMatchObject({ lost_without_row: 1 });
    const gaps = [{ symbol: instId, event: 'opened', since: 1_500_000, until: null }];
    expect(accounts({ gaps }).of(rows)).toMatchObject({ lost: 1, lost_without_row: 0 });
    expect(accounts({ gaps: [{ ...gaps[0], symbol: 'ETH-USDT' }] }).of(rows)).toMatchObject({ lost_without_row: 1 });
  });
});
