import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { openProxy } from '#app/testing/proxy.ts';
import { silent } from '#lib/log.ts';
import { appendRows } from '#lib/questdb/append.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { minute } from '#lib/time.ts';
import { GapEvents } from './events.ts';
import { GapLedger } from './ledger.ts';

const symbols = ['AAA-USDT', 'BBB-USDT'];
const [a, b] = symbols;
const second = 1_000_000;
const t0 = Date.UTC(2026, 2, 3, 10) * 1_000;
let db: QuestDb;
let venue: string;
/** The one started last. */
let ledger: GapLedger;

beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
beforeEach(() => {
  venue = `t-${randomUUID()}`;
});
afterAll(() => db.close());

async function start() {
  ledger = await GapLedger.start(db, venue, symbols);
  return ledger;
}

function stored(symbol: string, ts: number) {
  return appendRows(db.address, 'ticks', [
    { ts, symbols: { venue, symbol, source: 'ws', kind: 'quote' }, strings: { event_id: '0' }, doubles: { price: 1 } },
  ]);
}

function candle(table: 'candles_1m' | 'exchange_candles', symbol: string, ts: number) {
  return appendRows(db.address, table, [{ ts, symbols: { venue, symbol, source: 'rest' }, doubles: { close: 1 } }]);
}

/** The ledger's gaps in their latest state, in seconds after t0: `AAA-USDT 0–30 bounded by cause`. */
async function gaps() {
  await ledger.flush();
  await db.applied(['gaps']);
  const rows = await db.query<{ symbol: string; event: string; since: number; until: number | null; cause: string }>(
    `select symbol, event, cast(since as long) since, cast(until as long) until, cause from gaps
     where venue = '${venue}' latest on ts partition by gap_id order by symbol, since`,
  );
  const after = (ts: number | null) => (ts === null ? '' : (ts - t0) / second);
  return rows.map((row) => `${row.symbol} ${after(row.since)}–${after(row.until)} ${row.event}: ${row.cause}`);
}

describe('GapLedger', () => {
  it('counts the beginning of the first minute as unseen, and nothing after', async () => {
    await start();
    expect(ledger.resumedAt).toBeUndefined();
    ledger.saw(a, t0 + 10 * second);
    ledger.saw(a, t0 + 11 * second);
    ledger.saw(b, t0);
    expect(await gaps()).toEqual(['AAA-USDT 0–10 bounded: late start']);
  });

  it('opens a gap at the last event of the lost connection and bounds it at each symbol’s next event', async () => {
    await start();
    for (const [symbol, at] of [
      [a, 0],
      [b, 0],
      [a, 40],
    ] as const)
      ledger.saw(symbol, t0 + at * second);
    // b was quiet but watched until a's last event.
    expect(ledger.lost(symbols, 'cut')).toEqual([t0 + 40 * second]);
    expect(await gaps()).toEqual(['AAA-USDT 40– opened: cut', 'BBB-USDT 40– opened: cut']);
    ledger.saw(a, t0 + 70 * second);
    expect(await gaps()).toEqual(['AAA-USDT 40–70 bounded: cut', 'BBB-USDT 40– opened: cut']);
    ledger.saw(b, t0 + 90 * second);
    expect(await gaps()).toEqual(['AAA-USDT 40–70 bounded: cut', 'BBB-USDT 40–90 bounded: cut']);
  });

  it('is not taken in by events from before the gap: repeated, late, or at its very beginning', async () => {
    await start();
    ledger.saw(a, t0);
    ledger.saw(a, t0 + 40 * second);
    ledger.lost([a], 'cut');
    ledger.saw(a, t0 + 39 * second);
    ledger.saw(a, t0 + 40 * second);
    expect(await gaps()).toEqual(['AAA-USDT 40– opened: cut']);
    ledger.saw(a, t0 + 40 * second + 1);
    expect(await gaps()).toEqual(['AAA-USDT 40–40.000001 bounded: cut']);
  });

  it('keeps one gap through several failed attempts to come back', async () => {
    await start();
    ledger.saw(a, t0);
    expect(ledger.lost([a], 'cut')).toHaveLength(1);
    expect(ledger.lost([a], 'refused')).toEqual([]);
    ledger.saw(a, t0 + second);
    expect(await gaps()).toEqual(['AAA-USDT 0–1 bounded: cut']);
    ledger.lost([a], 'cut again');
    ledger.saw(a, t0 + 5 * second);
    expect(await gaps()).toEqual(['AAA-USDT 0–1 bounded: cut', 'AAA-USDT 1–5 bounded: cut again']);
  });

  it('opens a gap where ids that count jump, whatever the connection says, and closes it at once', async () => {
    await start();
    for (const [at, id] of [
      [0, 7],
      [1, 8],
      [20, 12],
      [21, 13],
      // Late, and from a venue that counts anew: neither says anything.
      [19, 10],
      [22, 1],
    ])
      ledger.saw(a, t0 + at * second, id);
    expect(await gaps()).toEqual(['AAA-USDT 1–20.000001 bounded: missing ids']);
    expect(ledger.touched()).toEqual([t0]);
  });

  it('takes the very next id for proof that nothing was missed, by the minute or by a connection', async () => {
    await start();
    ledger.saw(a, t0, 7);
    ledger.closing([{ from: t0, to: t0 + 5 * minute }]);
    expect(await gaps()).toEqual(['AAA-USDT 0– opened: missed minute']);
    ledger.saw(a, t0 + 400 * second, 8);
    expect(await gaps()).toEqual(['AAA-USDT 0–400 healed: missed minute']);
    expect(ledger.touched()).toEqual(Array.from({ length: 7 }, (_, i) => t0 + i * minute));
    ledger.lost([a], 'cut');
    ledger.saw(a, t0 + 410 * second, 9);
    ledger.lost([a], 'cut');
    ledger.saw(a, t0 + 420 * second, 11);
    expect(await gaps()).toEqual([
      'AAA-USDT 0–400 healed: missed minute',
      'AAA-USDT 400–410 healed: cut',
      'AAA-USDT 410–420 bounded: cut',
    ]);
  });

  it('reaches back to the trade before a jump where only quotes came after it', async () => {
    await start();
    ledger.saw(a, t0, 7);
    ledger.saw(a, t0 + 40 * second);
    ledger.lost([a], 'cut');
    ledger.saw(a, t0 + 50 * second, 9);
    expect(await gaps()).toEqual(['AAA-USDT 0–50.000001 bounded: missing ids', 'AAA-USDT 40–50 bounded: cut']);
  });

  it('has no gap over minutes of silence that the next id proves, though no minute was closed between', async () => {
    await start();
    ledger.saw(a, t0, 7);
    ledger.saw(a, t0 + 400 * second, 8);
    expect(await gaps()).toEqual([]);
  });

  it('opens one gap for a flood of refused rows, whatever quotes come, until all is calm', async () => {
    await start();
    for (let at = 0; at <= 100; at++) {
      ledger.saw(a, t0 + at * second);
      ledger.saw(b, t0 + at * second);
      if (at >= 30 && at <= 50) for (let i = 0; i < 50; i++) ledger.refused([a, 'NEW-USDT'], 'refused: x', null);
    }
    expect(await gaps()).toEqual(['AAA-USDT 15–80 bounded: refused: x']);
    expect(ledger.touched()).toContain(t0);
  });

  it('bounds the gap of a refused row around its own time where that can be believed', async () => {
    await start();
    ledger.saw(a, t0 + 40 * second);
    ledger.refused([a], 'refused: x', t0 + 39 * second);
    ledger.saw(a, t0 + 60 * second);
    ledger.refused([a], 'refused: y', t0 + 86_400 * second);
    ledger.saw(a, t0 + 80 * second);
    expect((await gaps()).slice(1)).toEqual([
      'AAA-USDT 39–39.000001 bounded: refused: x',
      'AAA-USDT 45–95 bounded: refused: y',
    ]);
  });

  it('cuts a gap of refused rows that goes on, and takes up one that the session before has left', async () => {
    await start();
    for (let at = 0; at <= 400; at += 10) {
      ledger.saw(a, t0 + at * second);
      ledger.refused([a], 'refused: x', null);
    }
    const first = 'AAA-USDT -15–290 bounded: refused: x';
    expect(await gaps()).toEqual([first, 'AAA-USDT 290– opened: refused: x']);
    await start();
    ledger.saw(a, t0 + 500 * second);
    expect(await gaps()).toEqual([
      ...[first, 'AAA-USDT 290–515 bounded: refused: x', 'AAA-USDT 480–500 bounded: late start'],
    ]);
  });

  it('lets ids that count decide whether a refused row was a trade', async () => {
    await start();
    ledger.saw(a, t0, 7);
    ledger.refused([a], 'refused: x', null);
    ledger.saw(a, t0 + second, 8);
    ledger.refused([a], 'refused: y', null);
    ledger.saw(a, t0 + 2 * second, 10);
    expect(await gaps()).toEqual([
      'AAA-USDT -15–1 healed: refused: x',
      'AAA-USDT -14–2 healed: refused: y',
      'AAA-USDT 1–2.000001 bounded: missing ids',
    ]);
  });

  it('has trades that stopped missing until one comes, or a hint’s connection was replaced', async () => {
    await start();
    ledger.saw(a, t0);
    ledger.saw(a, t0 + 30 * second);
    ledger.tradesMissing(a, t0, 'stopped');
    ledger.saw(a, t0 + 60 * second);
    expect(await gaps()).toEqual(['AAA-USDT 0– opened: stopped']);
    ledger.tradesBack(a, t0 + 61 * second);
    ledger.tradesMissing(a, t0 + 61 * second, 'stopped');
    ledger.lost([a], 'cut');
    ledger.saw(a, t0 + 70 * second);
    expect(await gaps()).toEqual(['AAA-USDT 0–61 bounded: stopped', 'AAA-USDT 61–70 bounded: stopped']);
  });

  it('has trades missing over a new connection until one comes, where nothing else ends them', async () => {
    await start();
    ledger.saw(a, t0);
    ledger.tradesMissing(a, t0, 'stopped');
    ledger.lost([a], 'cut', undefined, new Set([a]));
    ledger.saw(a, t0 + 20 * second);
    expect(await gaps()).toEqual(['AAA-USDT 0– opened: stopped', 'AAA-USDT 0–20 bounded: cut']);
    ledger.tradesBack(a, t0 + 25 * second);
    expect(await gaps()).toEqual(['AAA-USDT 0–20 bounded: cut', 'AAA-USDT 0–25 bounded: stopped']);
  });

  it('loses only the symbols of the connection, and has no gap for one that never came', async () => {
    await start();
    ledger.saw(a, t0);
    expect(ledger.lost([b], 'cut')).toEqual([]);
    expect(await gaps()).toEqual([]);
  });

  it('opens a gap at the start where the session before ended without a word', async () => {
    await stored(a, t0 + 20 * second);
    await stored(b, t0 + 25 * second);
    await start();
    expect(ledger.resumedAt).toBe(t0 + 25 * second);
    // Open at once: a quiet symbol's minutes must not be taken for healthy until its first event.
    expect(await gaps()).toEqual(['AAA-USDT 20– opened: late start', 'BBB-USDT 25– opened: late start']);
    ledger.saw(a, t0 + 3 * minute);
    expect(await gaps()).toEqual(['AAA-USDT 20–180 bounded: late start', 'BBB-USDT 25– opened: late start']);
  });

  it('goes on with the gaps that the session before has opened', async () => {
    const before = await start();
    before.saw(a, t0);
    before.saw(b, t0 + 10 * second);
    await stored(a, t0);
    await stored(b, t0 + 10 * second);
    before.lost(symbols, 'end of feed');
    await before.flush();
    const after = await start();
    expect((await gaps()).slice(0, 1)).toEqual(['AAA-USDT 10– opened: end of feed']);
    after.saw(a, t0 + 60 * second);
    after.saw(b, t0 + 61 * second);
    expect(await gaps()).toEqual([
      'AAA-USDT 10–60 bounded: end of feed',
      'BBB-USDT 0–10 bounded: late start',
      'BBB-USDT 10–61 bounded: end of feed',
    ]);
  });

  it('does not change when the same spell is played once more', async () => {
    const play = async () => {
      await start();
      for (const [symbol, at] of [
        [a, 5],
        [b, 6],
        [a, 70],
      ] as const) {
        ledger.saw(symbol, t0 + at * second);
        await stored(symbol, t0 + at * second);
      }
      ledger.lost(symbols, 'end of feed');
      return gaps();
    };
    const once = await play();
    expect(once).toHaveLength(4);
    expect(await play()).toEqual(once);
  });

  it('keeps the venues apart', async () => {
    await stored(a, t0);
    ledger = await GapLedger.start(db, `${venue}-b`, symbols);
    expect(ledger.resumedAt).toBeUndefined();
    expect(await gaps()).toEqual([]);
  });

  it('begins where the candles end when there was no tick yet, and not where candles are of another time', async () => {
    await candle('exchange_candles', a, t0 - 3 * minute);
    await candle('candles_1m', a, t0 - 5 * minute);
    await candle('candles_1m', b, t0 + 500 * minute);
    await start();
    expect(ledger.resumedAt).toBeUndefined();
    ledger.saw(a, t0 + 10 * second);
    ledger.saw(b, t0 + 20 * second);
    expect(await gaps()).toEqual(['AAA-USDT -120–10 bounded: late start', 'BBB-USDT 0–20 bounded: late start']);
  });

  it('returns nothing to wait for, tick after tick', async () => {
    await start();
    const waits = Array.from({ length: 1_000 }, (_, i) => ledger.saw(a, t0 + i * second));
    expect(new Set(waits)).toEqual(new Set([undefined]));
  });
});

describe('a missed minute', () => {
  const closed = (from: number, to: number) => [{ from: t0 + from * minute, to: t0 + to * minute }];

  it('is a gap from the symbol’s last event, once the minute is closed, and ends at its next event', async () => {
    await start();
    ledger.saw(a, t0);
    ledger.saw(b, t0);
    ledger.saw(a, t0 + 5 * second);
    ledger.saw(b, t0 + 61 * second);
    // The last minute of a brought something: it was quiet for less than a whole one.
    ledger.closing(closed(0, 1));
    expect(await gaps()).toEqual([]);
    ledger.saw(b, t0 + 121 * second);
    ledger.closing(closed(1, 2));
    expect(await gaps()).toEqual(['AAA-USDT 5– opened: missed minute']);
    // The minute in which it fell silent was closed as whole before.
    expect(ledger.touched()).toEqual([t0]);
    expect(ledger.touched()).toEqual([]);
    ledger.closing(closed(2, 3));
    ledger.saw(a, t0 + 200 * second);
    expect(await gaps()).toEqual(['AAA-USDT 5–200 bounded: missed minute']);
    ledger.closing(closed(3, 4));
    expect(await gaps()).toEqual(['AAA-USDT 5–200 bounded: missed minute', 'BBB-USDT 121– opened: missed minute']);
  });

  it('is found at the next event where nothing was closed meanwhile', async () => {
    await start();
    ledger.saw(a, t0);
    ledger.saw(a, t0 + 5 * second);
    ledger.saw(a, t0 + 120 * second);
    ledger.saw(a, t0 + 239 * second);
    ledger.saw(a, t0 + 300 * second - 1);
    expect(await gaps()).toEqual(['AAA-USDT 5–120 bounded: missed minute']);
    ledger.saw(a, t0 + 420 * second);
    expect(await gaps()).toHaveLength(2);
  });

  it('is not made of late minutes closed again, of late events, or of a gap that is open already', async () => {
    await start();
    ledger.saw(a, t0);
    ledger.saw(b, t0);
    for (let at = 1; at < 300; at++) ledger.saw(a, t0 + at * second);
    ledger.lost([b], 'cut');
    ledger.closing(closed(0, 1));
    ledger.closing(closed(1, 2));
    ledger.saw(a, t0 + 30 * second);
    expect(await gaps()).toEqual(['BBB-USDT 0– opened: cut']);
  });

  it('goes on behind a late event that only seemed to end it', async () => {
    await start();
    ledger.saw(a, t0);
    ledger.closing(closed(0, 3));
    ledger.saw(a, t0 + 65 * second);
    ledger.closing(closed(3, 4));
    expect(await gaps()).toEqual(['AAA-USDT 0–65 bounded: missed minute', 'AAA-USDT 65– opened: missed minute']);
  });
});

describe('a subscription that brings nothing', () => {
  const closed = (to: number) => [{ from: t0, to: t0 + to * minute }];

  it('is a gap from the subscription on after a whole minute, until the first event', async () => {
    await start();
    ledger.saw(a, t0);
    ledger.subscribed(symbols, t0 + 10 * second);
    ledger.closing(closed(1));
    expect(await gaps()).toEqual([]);
    ledger.subscribed([b], t0 + 65 * second);
    ledger.saw(a, t0 + 70 * second);
    ledger.closing(closed(2));
    expect(await gaps()).toEqual(['BBB-USDT 10– opened: no data']);
    ledger.saw(b, t0 + 150 * second);
    expect(await gaps()).toEqual(['BBB-USDT 10–150 bounded: no data']);
  });

  it('counts from the first closed minute where the time of the market was not known', async () => {
    await start();
    ledger.subscribed([b]);
    ledger.closing(closed(1));
    ledger.closing(closed(2));
    expect(await gaps()).toEqual(['BBB-USDT 60– opened: no data']);
  });
});

describe('a damaged spell', () => {
  it('is a gap of its own that is over, also where another gap began, and touches each of its minutes', async () => {
    await stored(a, t0 + 30 * second);
    await start();
    expect(ledger.touched()).toEqual([t0]);
    ledger.damaged(symbols, t0 + 30 * second, t0 + 130 * second, 'damaged spool');
    expect(await gaps()).toEqual([
      'AAA-USDT 30– opened: late start',
      'AAA-USDT 30–130.000001 bounded: damaged spool',
      'BBB-USDT 30–130.000001 bounded: damaged spool',
    ]);
    expect(ledger.touched().map((ts) => (ts - t0) / minute)).toEqual([0, 1, 2]);
  });
});

describe('while QuestDB is away', () => {
  it('holds up no tick, keeps the events, and stores them in order afterwards', async () => {
    const proxy = await openProxy(db.address.host, db.address.pgPort);
    const behind = new QuestDb({ ...db.address, pgPort: proxy.port });
    try {
      ledger = await GapLedger.start(behind, venue, symbols);
      ledger.saw(a, t0);
      proxy.cut();
      ledger.lost([a], 'cut');
      expect(ledger.saw(a, t0 + second)).toBeUndefined();
      ledger.lost([a], 'cut again');
      expect(ledger.saw(a, t0 + 2 * second)).toBeUndefined();
      expect(ledger.waiting).toBe(4);
      await expect(ledger.flush(700)).rejects.toThrow(/4 events of the gap ledger/);
      expect(ledger.waiting).toBe(4);
      proxy.mend();
      expect(await gaps()).toEqual(['AAA-USDT 0–1 bounded: cut', 'AAA-USDT 1–2 bounded: cut again']);
      expect(ledger.waiting).toBe(0);
    } finally {
      await behind.close();
      await proxy.close();
    }
  });

  it('makes its caller wait once memory is full, and goes on', async () => {
    const proxy = await openProxy(db.address.host, db.address.pgPort);
    const behind = new QuestDb({ ...db.address, pgPort: proxy.port });
    try {
      const events = new GapEvents(behind, venue, silent, 2);
      proxy.cut();
      const event = { symbol: a, level: 'trades', event: 'opened', until: null, cause: 'cut', how: null } as const;
      const [first, second_, third] = [1, 2, 3].map((at) =>
        events.add({ ...event, id: `${venue}/${at}`, at: t0 + at, since: t0 + at }),
      );
      expect([first, second_]).toEqual([undefined, undefined]);
      expect(third).toBeInstanceOf(Promise);
      proxy.mend();
      await third;
      expect(events.waiting).toBeLessThanOrEqual(2);
      await events.flush();
      await db.applied(['gaps']);
      expect(await db.query(`select count() n from gaps where venue = '${venue}'`)).toEqual([{ n: 3 }]);
    } finally {
      await behind.close();
      await proxy.close();
    }
  });

  it('says what QuestDB refuses for good, each time', async () => {
    const events = new GapEvents(db, `${venue}\u0007`, silent);
    const event = { symbol: a, level: 'trades', event: 'opened', until: null, cause: 'cut', how: null } as const;
    events.add({ ...event, id: venue, at: t0, since: t0 });
    await expect(events.flush()).rejects.toThrow(/control character/);
    await expect(events.flush()).rejects.toThrow(/control character/);
    await expect(events.add({ ...event, id: venue, at: t0, since: t0 })).rejects.toThrow(/control character/);
  });
});
