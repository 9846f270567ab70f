import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Tick } from '#ingest/feed.ts';
import { silent } from '#lib/log.ts';
import { encode } from './batch.ts';
import { Spool } from './spool.ts';
import { recordOf } from './spool_record.ts';

const start = Date.now() - 60_000;
const perBatch = 3;

function tick(n: number): Tick {
  const none = { bid: null, ask: null, bidSize: null, askSize: null, volume24h: null, high24h: null, low24h: null };
  const ts = (start + n * 100) * 1_000;
  return {
    ...{ venue: 'v', symbol: 'AAA-USDT', source: 'ws', kind: 'trade', ts, eventId: String(n), price: 100, size: 1 },
    ...{ side: 'buy', ...none, receivedAt: ts + 7, seq: ts + 7 },
  };
}

const batches = Array.from({ length: 6 }, (_, i) => [0, 1, 2].map((j) => tick(i * perBatch + j)));
/** Three segments of two batches. */
const segments = [0, 1, 2].map((number) => {
  const records = [0, 1].map((i) => {
    const sequence = number * 2 + i;
    const entries = batches[sequence];
    const head = { sequence, rows: entries.length, from: entries[0].ts, to: entries.at(-1)!.ts };
    return recordOf(head, encode(entries)).data;
  });
  return Buffer.concat(records);
});
const nameOf = (number: number) => `${start}-1-0000000${number}.spool`;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tickforest-spool-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function recover(contents: Buffer[]) {
  rmSync(directory, { recursive: true, force: true });
  const fresh = mkdtempSync(join(tmpdir(), 'tickforest-spool-'));
  directory = fresh;
  for (const [number, content] of contents.entries()) writeFileSync(join(directory, nameOf(number)), content);
  const spool = new Spool(directory, { maxBytes: 1e9, sync: false }, silent);
  const { batches: found, damages } = await spool.recover();
  const read: Tick[] = [];
  for (const each of found) read.push(...((await spool.read(each)) as Tick[]));
  return { spool, read, damages };
}

describe('a spool with damage', () => {
  it('loses no tick without a spell that covers it, and makes none up, whichever bytes are changed', async () => {
    const change = fc.record({
      segment: fc.nat(2),
      at: fc.nat(segments[0].length - 1),
      mask: fc.integer({ min: 1, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const contents = segments.map((segment) => Buffer.from(segment));
        for (const { segment, at, mask } of changes) contents[segment][at % contents[segment].length] ^= mask;
        const { read, damages } = await recover(contents);
        const known = new Map(read.map((each) => [each.eventId, each]));
        expect(known.size).toBe(read.length);
        for (const each of batches.flat()) {
          const found = known.get(each.eventId);
          if (found) expect(found).toEqual(each);
          else
            expect(
              damages.some(({ from, to }) => from <= each.ts && each.ts <= to),
              each.eventId,
            ).toBe(true);
          known.delete(each.eventId);
        }
        expect([...known.keys()]).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('torn within a record, reports it too', async () => {
    for (const cut of [1, 40, segments[2].length / 2 - 20]) {
      const torn = segments[2].subarray(0, segments[2].length - Math.floor(cut) - 1);
      const { read, damages } = await recover([segments[0], segments[1], torn]);
      const last = batches.flat().at(-1)!;
      expect(read.length).toBe(15);
      expect(damages.some(({ from, to }) => from <= last.ts && last.ts <= to)).toBe(true);
    }
  });

  it('keeps the damaged file aside, and leaves nothing else of a killed process', async () => {
    const damaged = Buffer.from(segments[0]);
    damaged[3] ^= 1;
    const { spool } = await recover([damaged, Buffer.alloc(0)]);
    await spool.tidy();
    expect(readdirSync(directory)).toEqual(['damaged']);
    // The process ended before it had told of it; the next one still knows.
    const again = new Spool(directory, { maxBytes: 1e9, sync: false }, silent);
    const { damages } = await again.recover();
    expect(damages).toEqual([expect.objectContaining({ file: join(directory, 'damaged', nameOf(0)) })]);
    await again.damagesTold();
    expect(await again.recover()).toEqual({ batches: [], damages: [] });
    expect(readFileSync(join(directory, 'damaged', nameOf(0)))).toEqual(damaged);
  });
});
