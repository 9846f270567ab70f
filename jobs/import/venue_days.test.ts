import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { binanceTicks } from '#ingest/archives/binance_ticks.ts';
import { mappedTicks, tickTarget } from '#ingest/archives/mapped_ticks.ts';
import { parseMapping } from '#ingest/archives/mapping.ts';
import { Imports } from './fixtures/imports.ts';
import { type ListedTrade, plainBars } from './testing/plain_bars.ts';

let imports: Imports;
beforeEach(() => {
  imports = new Imports(inject('questdb'), inject('redis'));
});
afterEach(() => imports.end());

/** Microseconds. */
const day = Date.UTC(2026, 1, 3) * 1_000;
const second = 1_000_000;

/**
 * A day of trades in the order of arrival: bursts of up to nine at one time, some minutes without any, and one long silence.
 * @param unit what the venue cuts its times off to
 */
function tradesOf(unit: number, idOf: (place: number) => string | null, sides: boolean): ListedTrade[] {
  const trades: ListedTrade[] = [];
  let state = 12_345;
  const random = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  let price = 50_000;
  for (let at = day + 7 * second; at < day + 86_400 * second; at += random(110 * second)) {
    if (at > day + 30_000 * second && at < day + 33_000 * second) continue;
    const ts = at - (at % unit);
    for (let left = 1 + random(9); left > 0; left--) {
      price += (random(21) - 10) / 2;
      const side = sides ? (random(2) === 0 ? 'buy' : 'sell') : null;
      trades.push({ ts, price, size: (1 + random(400)) / 8, side, id: idOf(trades.length) });
    }
  }
  return trades;
}

async function stored() {
  const columns = 'ts, open, high, low, close, volume, buy_volume, trades, sided_trades, complete';
  const rows = await imports.rows<{ ts: Date }>(columns, 'order by ts', 'candles_1m');
  return rows.map((row) => ({ ...row, ts: row.ts.getTime() * 1_000 }));
}

const open = (name: string, text: string, map: string, more: object = {}) =>
  mappedTicks(imports.file(name, gzipSync(text)), {
    ...{ venue: imports.venue, mapping: parseMapping(map, tickTarget), time: {}, ...more },
  });

describe('a day of trades has the bars that are known of it', () => {
  it('as Kraken writes it: whole seconds, no ids, sides of one letter', async () => {
    const trades = tradesOf(second, () => null, true);
    const lines = trades.map(({ ts, price, size, side }) => `${price},${size},${ts / second},${side![0]},l`);
    const text = ['price,volume,time,side,type', ...lines].join('\n');
    await imports.run([await open('XBTUSD.csv.gz', text, 'ts=time,size=volume,symbol=XBT/USD')], { partBytes: 40_000 });
    expect(await stored()).toEqual(plainBars(trades, []));
    expect(await imports.rows('symbol', 'latest on ts partition by symbol')).toEqual([{ symbol: 'BTC-USD' }]);
  });

  it('as BitMEX does: nanoseconds, UUIDs, many trades of one time', async () => {
    const uuid = (n: number) =>
      `${((n * 2_654_435_761) >>> 0).toString(16).padStart(8, '0')}-77aa-4000-8000-00000000beef`;
    const trades = tradesOf(1_000, uuid, true);
    const lines = trades.map(({ ts, price, size, side, id }) => {
      const time = `${new Date(ts / 1_000).toISOString().slice(0, -1)}999999Z`;
      return `${time},XBTUSDT,${side === 'buy' ? 'Buy' : 'Sell'},${price},${id},${size}`;
    });
    const text = ['timestamp,symbol,side,price,trdMatchID,homeNotional', ...lines].join('\n');
    const map = 'ts=timestamp,event_id=trdMatchID,size=homeNotional';
    await imports.run([await open('20260203.csv.gz', text, map)], { partBytes: 40_000 });
    // Microseconds are kept, and nanoseconds are cut off: no trade moves into the next minute.
    expect(await stored()).toEqual(
      plainBars(
        trades.map((trade) => ({ ...trade, ts: trade.ts + 999 })),
        [],
      ),
    );
  });

  it('as Binance does: aggregated, with ids that count through a silence, in any order', async () => {
    const trades = tradesOf(1_000, (place) => String(700_000 + place), true);
    const lines = trades.map(({ ts, price, size, side, id }, i) =>
      [id, price, size, 2 * i, 2 * i + 1, ts / 1_000, side === 'sell'].join(','),
    );
    const header = 'agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker';
    const shuffled = lines.map((line, i) => ({ line, key: (i * 7_919) % lines.length })).sort((a, b) => a.key - b.key);
    const path = imports.file(
      'BTCUSDT-aggTrades-2026-02-03.csv.gz',
      gzipSync([header, ...shuffled.map(({ line }) => line)].join('\n')),
    );
    await imports.run([await binanceTicks(path, 'aggTrades', imports.venue)], { partBytes: 40_000 });
    const bars = plainBars(trades, []);
    // Nobody traded for the better part of an hour, which the ids prove.
    expect(bars.filter((bar) => bar.trades === 0 && bar.complete).length).toBeGreaterThan(45);
    expect(await stored()).toEqual(bars);
  });

  it('as Bitstamp does: newest first, whole seconds, ids shared with other pairs, no sides', async () => {
    const trades = tradesOf(second, (place) => String(310_000_000 + 3 * place + (place % 2)), false);
    const lines = trades.map(({ ts, price, size, id }) => `${ts / second};${id};${price};${size}`);
    const text = ['date;tid;price;amount', ...lines.reverse()].join('\r\n');
    await imports.run([await open('btcusd.csv.gz', text, 'ts=date,event_id=tid,size=amount,symbol=btcusd')], {
      partBytes: 40_000,
    });
    const bars = plainBars(trades, []);
    expect(bars[1]).toMatchObject({ buy_volume: null, sided_trades: 0 });
    expect(await stored()).toEqual(bars);
  });
});
