import { describe, expect, it } from 'vitest';
import { coarser } from './coarser.ts';
import type { CandleSeries, CandleTuple } from './market.ts';

const hour = Date.UTC(2026, 0, 5, 12);

/** One-minute candles at these minutes of the hour; the open is the minute, so that it tells where a bar came from. */
function minutes(at: number[], more: { [minute: number]: Partial<Record<number, string>> } = {}): CandleSeries {
  const rows = at.map((minute): CandleTuple => {
    const price = String(100 + minute);
    const row = [String(hour + minute * 60_000), price, price, price, price, '3', '0.1', '10.2', '1'];
    return Object.assign(row, more[minute]) as CandleTuple;
  });
  return { length: rows.length, timeAt: (i) => Number(rows[i][0]), rowAt: (i) => rows[i] };
}
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const rowsOf = (series: CandleSeries) => Array.from({ length: series.length }, (_, i) => series.rowAt(i));

describe('coarser bars', () => {
  it('hold first open, extremes, last close and exact sums', () => {
    const series = minutes(range(0, 5), {
      1: { 2: '250.5' },
      3: { 3: '9.75', 6: '0.2', 7: '0.05' },
      4: { 4: '104.5' },
    });
    expect(rowsOf(coarser(series, 5))).toEqual([
      // 0.1 + 0.1 + 0.1 + 0.2 + 0.1 is 0.6000000000000001 in doubles.
      [String(hour), '100', '250.5', '9.75', '104.5', '15', '0.6', '40.85', '1'],
    ]);
  });

  it('do not know a sum of which a part is unknown', () => {
    expect(coarser(minutes(range(0, 5), { 2: { 7: '' } }), 5).rowAt(0)[7]).toBe('');
  });

  it('lack none of their minutes, except the newest bar, which is then not confirmed', () => {
    const confirmed = (at: number[], more = {}) =>
      rowsOf(coarser(minutes(at, more), 5)).map((row) => [(Number(row[0]) - hour) / 60_000, row[8]]);
    expect(confirmed(range(0, 10))).toEqual([
      [0, '1'],
      [5, '1'],
    ]);
    expect(confirmed(range(0, 12))).toEqual([
      [0, '1'],
      [5, '1'],
      [10, '0'],
    ]);
    // A beginning is missing, then a minute within, then the beginning of the newest.
    expect(confirmed(range(2, 10))).toEqual([[5, '1']]);
    expect(confirmed([...range(0, 7), ...range(8, 15)])).toEqual([
      [0, '1'],
      [10, '1'],
    ]);
    expect(confirmed([...range(0, 5), 7])).toEqual([[0, '1']]);
    // The last minute is still forming.
    expect(confirmed(range(0, 5), { 4: { 8: '0' } })).toEqual([[0, '0']]);
    expect(confirmed([])).toEqual([]);
  });

  it('are the minutes themselves where a bar is a minute', () => {
    const series = minutes([3, 7]);
    expect(coarser(series, 1)).toBe(series);
  });
});
