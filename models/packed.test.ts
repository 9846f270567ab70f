import { describe, expect, it } from 'vitest';
import { readPacked, writePacked } from './packed.ts';

const arrays = {
  small: Uint16Array.of(1, 65_535, 3),
  empty: new Float64Array(0),
  signed: Int32Array.of(-1, 2),
  wide: Float64Array.of(-0, Number.MIN_VALUE, 1 / 3, Number.MAX_VALUE),
  counts: Uint32Array.of(4_294_967_295),
};
const header = { name: 'Würfel', nested: { list: [1, null, 'two'] } };

describe('a packed file', () => {
  it('gives header and arrays back as they were', () => {
    expect(readPacked(writePacked({ header, arrays }))).toEqual({ header, arrays });
    expect(readPacked(writePacked({ header: null, arrays: {} }))).toEqual({ header: null, arrays: {} });
  });

  it('is laid out as its description says', () => {
    const bytes = writePacked({ header, arrays });
    const view = new DataView(bytes.buffer);
    expect(Buffer.from(bytes.buffer, 0, 8).toString()).toBe('tickfrst');
    expect(view.getUint32(8, true)).toBe(1);
    const body = 16 + view.getUint32(12, true);
    const listed = JSON.parse(Buffer.from(bytes.buffer, 16, body - 16).toString()).arrays;
    expect(listed.map(({ offset }: { offset: number }) => (body + offset) % 8)).toEqual([0, 0, 0, 0, 0]);
    const [small, , , wide] = listed;
    expect([small.kind, small.length, view.getUint16(body + small.offset + 2, true)]).toEqual(['u16', 3, 65_535]);
    expect([wide.kind, view.getFloat64(body + wide.offset + 16, true)]).toEqual(['f64', 1 / 3]);
  });

  it('is read without a copy, except where it does not begin at a multiple of 8', () => {
    const bytes = writePacked({ header, arrays });
    expect(readPacked(bytes).arrays.wide.buffer).toBe(bytes.buffer);
    const shifted = new Uint8Array(bytes.length + 3).subarray(3);
    shifted.set(bytes);
    const read = readPacked(shifted);
    expect(read.arrays).toEqual(arrays);
    expect(read.arrays.wide.buffer).not.toBe(shifted.buffer);
  });

  it('takes no array that would lie outside of it or upon another', () => {
    const bytes = Buffer.from(writePacked({ header, arrays }));
    for (const [from, to] of [
      ['"kind":"f64"', '"kind":"f63"'],
      ['"offset":8', '"offset":0'],
      ['"length":3', '"length":-'],
    ]) {
      const changed = Buffer.from(bytes);
      changed.write(to, changed.indexOf(from));
      expect(() => readPacked(changed), to).toThrow(/^The model file is damaged: its header/);
    }
  });
});
