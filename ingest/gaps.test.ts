import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { appendRows } from '#lib/questdb/append.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { GapLedger } from './gaps.ts';
import { minute } from './minutes.ts';

const symbols = ['AAA-USDT', 'BBB-USDT'];
const [a, b] = symbols;
const second = 1_000_000;
const t0 = Date.UTC(2026, 2, 3, 10) * 1_000;
let db: QuestDb;
let venue: string;

beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
beforeEach(() => {
  venue = `t-${randomUUID()}`;
});
afterAll(() => db.close());

const start = () => GapLedger.start(db, venue, symbols);

function stored(symbol: string, ts: number) {
  return appendRows(db.address, 'ticks', [
    { ts, symbols: { venue, symbol, source: 'ws', kind: 'quote' }, strings: { event_id: '0' }, doubles: { price: 1 } },
  ]);
}

/** The ledger's gaps in their latest state, in seconds after t0: `AAA-USDT 0–30 bounded by cause`. */
async function gaps() {
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
    const ledger = await start();
    expect(ledger.resumedAt).toBeUndefined();
    await ledger.saw(a, t0 + 10 * second);
    await ledger.saw(a, t0 + 11 * second);
    await ledger.saw(b, t0);
    expect(await gaps()).toEqual(['AAA-USDT 0–10 bounded: late start']);
  });

  it('opens a gap at the last event of the lost connection and bounds it at each symbol’s next event', async () => {
    const ledger = await start();
    for (const [symbol, at] of [
      [a, 0],
      [b, 0],
      [a, 40],
    ] as const)
      await ledger.saw(symbol, t0 + at * second);
    // b was quiet but watched until a's last event.
    expect(await ledger.lost(symbols, 'cut')).toEqual([t0 + 40 * second]);
    expect(await gaps()).toEqual(['AAA-USDT 40– opened: cut', 'BBB-USDT 40– opened: cut']);
    await ledger.saw(a, t0 + 70 * second);
    expect(await gaps()).toEqual(['AAA-USDT 40–70 bounded: cut', 'BBB-USDT 40– opened: cut']);
    await ledger.saw(b, t0 + 90 * second);
    expect(await gaps()).toEqual(['AAA-USDT 40–70 bounded: cut', 'BBB-USDT 40–90 bounded: cut']);
  });

  it('is not taken in by events from before the gap: repeated, late, or at its very beginning', async () => {
    const ledger = await start();
    await ledger.saw(a, t0);
    await ledger.saw(a, t0 + 40 * second);
    await ledger.lost([a], 'cut');
    await ledger.saw(a, t0 + 39 * second);
    await ledger.saw(a, t0 + 40 * second);
    expect(await gaps()).toEqual(['AAA-USDT 40– opened: cut']);
    await ledger.saw(a, t0 + 40 * second + 1);
    expect(await gaps()).toEqual(['AAA-USDT 40–40.000001 bounded: cut']);
  });

  it('keeps one gap through several failed attempts to come back', async () => {
    const ledger = await start();
    await ledger.saw(a, t0);
    expect(await ledger.lost([a], 'cut')).toHaveLength(1);
    expect(await ledger.lost([a], 'refused')).toEqual([]);
    await ledger.saw(a, t0 + second);
    expect(await gaps()).toEqual(['AAA-USDT 0–1 bounded: cut']);
    await ledger.lost([a], 'cut again');
    await ledger.saw(a, t0 + 5 * second);
    expect(await gaps()).toEqual(['AAA-USDT 0–1 bounded: cut', 'AAA-USDT 1–5 bounded: cut again']);
  });

  it('loses only the symbols of the connection, and has no gap for one that never came', async () => {
    const ledger = await start();
    await ledger.saw(a, t0);
    expect(await ledger.lost([b], 'cut')).toEqual([]);
    expect(await gaps()).toEqual([]);
  });

  it('opens a gap at the start where the session before ended without a word', async () => {
    await stored(a, t0 + 20 * second);
    await stored(b, t0 + 25 * second);
    const ledger = await start();
    expect(ledger.resumedAt).toBe(t0 + 25 * second);
    // Open at once: a quiet symbol's minutes must not be taken for healthy until its first event.
    expect(await gaps()).toEqual(['AAA-USDT 20– opened: late start', 'BBB-USDT 25– opened: late start']);
    await ledger.saw(a, t0 + 3 * minute);
    expect(await gaps()).toEqual(['AAA-USDT 20–180 bounded: late start', 'BBB-USDT 25– opened: late start']);
  });

  it('goes on with the gaps that the session before has opened', async () => {
    const before = await start();
    await before.saw(a, t0);
    await before.saw(b, t0 + 10 * second);
    await stored(a, t0);
    await stored(b, t0 + 10 * second);
    await before.lost(symbols, 'end of feed');
    const after = await start();
    expect((await gaps()).slice(0, 1)).toEqual(['AAA-USDT 10– opened: end of feed']);
    await after.saw(a, t0 + 60 * second);
    await after.saw(b, t0 + 61 * second);
    expect(await gaps()).toEqual([
      'AAA-USDT 10–60 bounded: end of feed',
      'BBB-USDT 0–10 bounded: late start',
      'BBB-USDT 10–61 bounded: end of feed',
    ]);
  });

  it('does not change when the same spell is played once more', async () => {
    const play = async () => {
      const ledger = await start();
      for (const [symbol, at] of [
        [a, 5],
        [b, 6],
        [a, 70],
      ] as const) {
        await ledger.saw(symbol, t0 + at * second);
        await stored(symbol, t0 + at * second);
      }
      await ledger.lost(symbols, 'end of feed');
      return gaps();
    };
    const once = await play();
    expect(once).toHaveLength(4);
    expect(await play()).toEqual(once);
  });

  it('keeps the venues apart', async () => {
    await stored(a, t0);
    const other = await GapLedger.start(db, `${venue}-b`, symbols);
    expect(other.resumedAt).toBeUndefined();
    expect(await gaps()).toEqual([]);
  });
});
