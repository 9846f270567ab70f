import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { mappedTicks } from '#ingest/archives/mapped_ticks.ts';
import type { TickFile } from '#ingest/archives/tick_file.ts';
import { Imports } from './fixtures/imports.ts';
import { type ListedTrade, plainBars } from './testing/plain_bars.ts';

const t0 = Date.UTC(2026, 3, 6) * 1_000;

type Ids = 'counting' | 'sparse' | 'random' | 'absent';

/** Trades in the order of arrival, with many of one time and many that are equal, quiet minutes and lost ids. */
const lists = fc
  .record({
    ids: fc.constantFrom<Ids>('counting', 'counting', 'sparse', 'random', 'absent', 'absent'),
    steps: fc.array(
      fc.record({
        // Most follow within seconds or at once; some after minutes.
        wait: fc.constantFrom(0, 0, 0, 250_000, 1_000_000, 20_000_000, 60_000_000, 200_000_000),
        price: fc.constantFrom(100, 100.5, 101),
        size: fc.constantFrom(1, 0.5),
        side: fc.constantFrom<ListedTrade['side'][]>('buy', 'sell', null),
        lost: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, 3),
      }),
      { minLength: 1, maxLength: 60 },
    ),
  })
  .map(({ ids, steps }) => {
    let [ts, number] = [t0 + 30_000_000, 1_000];
    return steps.map(({ wait, lost, ...print }, place): ListedTrade => {
      ts += wait;
      number += ids === 'sparse' ? 1 + ((place * 7) % 5) : 1 + lost;
      const random = ((place * 2_654_435_761) >>> 0).toString(16).padStart(8, '0');
      return { ts, ...print, id: ids === 'absent' ? null : ids === 'random' ? `x${random}` : String(number) };
    });
  });

const cases = fc.record({
  list: lists,
  cuts: fc.array(fc.nat(60), { maxLength: 4 }),
  order: fc.array(fc.nat(1_000), { minLength: 5, maxLength: 5 }),
});

describe('any list of trades', () => {
  it('gives the bars of a plain loop over it, cut into files anyhow, in any order of them, twice', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ list, cuts, order }) => {
        await using imports = new Imports(inject('questdb'), inject('redis'));
        const bounds = [0, ...new Set(cuts.filter((cut) => cut > 0 && cut < list.length))].sort((a, b) => a - b);
        const files: TickFile[] = [];
        for (const [i, from] of bounds.entries()) {
          const rows = list
            .slice(from, bounds[i + 1])
            .map(({ ts, price, size, side, id }) =>
              [ts, price, size, side ?? '', ...(id === null ? [] : [id])].join(','),
            );
          const header = list[0].id === null ? 'ts,price,size,side' : 'ts,price,size,side,event_id';
          const path = imports.file(`part-${i + 1}-AAA-USDT.csv`, [header, ...rows].join('\n'));
          const mapping = new Map([['symbol', 'AAA-USDT']] as const);
          files.push(await mappedTicks(path, { venue: imports.venue, mapping, time: { unit: 'us' } }));
        }
        const shuffled = files
          .map((file, i) => ({ file, at: order[i] }))
          .sort((a, b) => a.at - b.at)
          .map(({ file }) => file);
        const half = Math.ceil(shuffled.length / 2);
        await imports.run(shuffled.slice(0, half));
        if (half < shuffled.length) await imports.run(shuffled.slice(half));
        const expected = plainBars(list, bounds);
        expect(await storedBars(imports)).toEqual(expected);
        await imports.run(files, { restart: true });
        expect(await storedBars(imports)).toEqual(expected);
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 12), endOnFailure: process.env.PROPERTY_RUNS === undefined },
    );
  });
});

async function storedBars(imports: Imports) {
  const columns = 'ts, open, high, low, close, volume, buy_volume, trades, sided_trades, complete';
  const rows = await imports.rows<{ ts: Date }>(columns, 'order by ts', 'candles_1m');
  return rows.map((row) => ({ ...row, ts: row.ts.getTime() * 1_000 }));
}
