import { describe, expect, it } from 'vitest';
import { column, digest, type Frame, pick } from './frame.ts';

function frameOf(more: Partial<Frame> = {}): Frame {
  return {
    rows: 3,
    ts: Float64Array.of(60, 60, 120),
    symbols: ['A', 'B'],
    symbolOf: Uint16Array.of(0, 1, 0),
    columns: new Map([
      ['x', Float64Array.of(1, 2, 3)],
      ['y', Float64Array.of(4, 5, 6)],
    ]),
    ...more,
  };
}

describe('column', () => {
  it('is the array itself; a name that is not there is an error that tells what is', () => {
    const frame = frameOf();
    expect(column(frame, 'y')).toBe(frame.columns.get('y'));
    expect(() => column(frame, 'z')).toThrow(/no column z; it has x, y/);
  });
});

describe('pick', () => {
  it('takes the rows in the order asked for, each with its own time, symbol and values', () => {
    const picked = pick(frameOf(), Uint32Array.of(2, 1));
    expect(picked).toEqual({
      ...{ rows: 2, ts: Float64Array.of(120, 60), symbols: ['A', 'B'], symbolOf: Uint16Array.of(0, 1) },
      columns: new Map([
        ['x', Float64Array.of(3, 2)],
        ['y', Float64Array.of(6, 5)],
      ]),
    });
  });

  it('copies: what is done to the part is not done to the whole', () => {
    const frame = frameOf();
    pick(frame, Uint32Array.of(0)).columns.get('x')![0] = 99;
    expect(frame.columns.get('x')![0]).toBe(1);
    expect(pick(frame, new Uint32Array()).rows).toBe(0);
  });
});

describe('digest', () => {
  const of = (more: Partial<Frame> = {}) => digest(frameOf(more));

  it('is that of the data, wherever it lies', () => {
    const wide = new Float64Array([0, 0, 60, 60, 120, 0]);
    expect(of({ ts: wide.subarray(2, 5) })).toBe(of());
    expect(digest(pick(frameOf(), Uint32Array.of(0, 1, 2)))).toBe(of());
    expect(of()).toMatch(/^[0-9a-f]{64}$/);
  });

  it('changes with every value, time, symbol, name and order', () => {
    const [x, y] = [Float64Array.of(1, 2, 3), Float64Array.of(4, 5, 6)];
    const others = [
      of({
        columns: new Map([
          ['x', Float64Array.of(1, 2, 3.0000000000000004)],
          ['y', y],
        ]),
      }),
      of({
        columns: new Map([
          ['x', Float64Array.of(1, 3, 2)],
          ['y', y],
        ]),
      }),
      of({
        columns: new Map([
          ['x', y],
          ['y', x],
        ]),
      }),
      of({
        columns: new Map([
          ['y', y],
          ['x', x],
        ]),
      }),
      of({
        columns: new Map([
          ['x', x],
          ['z', y],
        ]),
      }),
      of({ columns: new Map([['x', x]]) }),
      of({ ts: Float64Array.of(60, 60, 121) }),
      of({ symbols: ['A', 'C'] }),
      of({ symbolOf: Uint16Array.of(0, 1, 1) }),
      digest(pick(frameOf(), Uint32Array.of(1, 0, 2))),
    ];
    expect(new Set([of(), ...others]).size).toBe(others.length + 1);
  });
});
