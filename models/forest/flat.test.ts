import { beforeAll, describe, expect, it } from 'vitest';
import type { FlatArray } from '#models/packed.ts';
import { curvedData } from './fixtures/curved-data.ts';
import { packForest, unpackForest } from './flat.ts';
import { type Forest, fitForest } from './forest.ts';

describe('the arrays of a forest', () => {
  let forest: Forest;
  beforeAll(async () => {
    const { columns, target } = curvedData(300, 1);
    forest = await fitForest(columns, target, { task: { kind: 'regression' }, seed: 1, trees: 3, minLeaf: 10 });
  });

  it('make the same forest, on the same memory', () => {
    const again = unpackForest(packForest(forest));
    expect(again).toEqual(forest);
    expect(again.nodes.threshold).toBe(forest.nodes.threshold);
  });

  it('are refused when they lead out of the forest or round in a circle, and when one is missing', () => {
    const { header, arrays } = packForest(forest);
    const changed = (name: string, change: (values: FlatArray) => FlatArray | undefined) => () =>
      unpackForest({ header, arrays: { ...arrays, [name]: change(arrays[name].slice() as FlatArray)! } });
    const set = (at: number, value: number) => (values: FlatArray) => {
      values[at] = value;
      return values;
    };
    expect(changed('next', set(0, 0))).toThrow('node 0 of the forest leads nowhere');
    expect(changed('next', set(1, -100_000))).toThrow('node 1 of the forest leads nowhere');
    expect(changed('next', set(2, 100_000))).toThrow('node 2 of the forest leads nowhere');
    expect(changed('feature', set(0, 8))).toThrow('node 0 of the forest leads nowhere');
    expect(changed('threshold', set(0, Number.NaN))).toThrow('node 0 of the forest leads nowhere');
    expect(changed('roots', set(1, 0))).toThrow('tree 0 of the forest has no root');
    expect(changed('gain', (values) => values.slice(1))).toThrow('differ in their length');
    expect(changed('rows', () => undefined)).toThrow('lacks one of its arrays');
    expect(changed('rows', () => new Float64Array(forest.nodes.rows))).toThrow('lacks one of its arrays');
    expect(() => unpackForest({ header: { format: 'other' }, arrays })).toThrow('its format is other');
  });
});
