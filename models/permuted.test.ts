import { describe, expect, it } from 'vitest';
import { engineNamed, engineNames } from './engines.ts';
import { curvedData } from './forest/fixtures/curved-data.ts';
import { createRandom } from './forest/random.ts';
import type { Task } from './task.ts';

const { columns, target, terciles } = curvedData(700, 4, 7);
// Column 7 is constant, and no model can use it.
const inputs = [...columns, new Float64Array(700).fill(3)];
const parameters: Record<string, Record<string, number>> = {
  forest: { trees: 12, depth: 6, minLeaf: 5, featuresPerSplit: 4 },
  linear: { ridge: 0.01 },
};
const tasks: [Task, Float64Array][] = [
  [{ kind: 'regression' }, target],
  [{ kind: 'classes', classes: 3 }, terciles],
];

describe.each(engineNames)('permuted predictions of the engine %s', (engine) => {
  it.each(tasks)('are those of columns that were exchanged by hand: %o', async (task, of) => {
    const fit = { task, parameters: parameters[engine], seed: 5, workers: 1 };
    const fitted = await engineNamed(engine).fit(inputs, of, fit);
    // Any row may be the source of several others.
    const random = createRandom(8, 1);
    const source = Uint32Array.from({ length: 700 }, () => random.below(700));
    const plain = fitted.predict(inputs);
    const groupings: [Int32Array, number][] = [
      [Int32Array.from(inputs, (_, c) => c), 8],
      [Int32Array.from([0, 1, 0, 1, -1, 2, 0, 2]), 4],
    ];
    for (const [groupOf, groups] of groupings) {
      const permuted = fitted.permuted(inputs, groupOf, groups, source);
      expect(permuted).toHaveLength(groups);
      for (const [group, predictions] of permuted.entries()) {
        const exchanged = inputs.map((values, c) =>
          groupOf[c] === group ? values.map((_, r) => values[source[r]]) : values,
        );
        const expected = fitted.predict(exchanged);
        expect(predictions).toHaveLength(expected.length);
        for (let i = 0; i < expected.length; i++) expect(Math.abs(predictions[i] - expected[i])).toBeLessThan(1e-12);
        if (groupOf.some((of, c) => of === group && c < 2)) expect(predictions).not.toEqual(plain);
      }
    }
    // What no model uses, and a group without a column, change nothing at all.
    expect(fitted.permuted(inputs, groupings[0][0], 8, source)[7]).toEqual(plain);
    expect(fitted.permuted(inputs, groupings[1][0], 4, source)[3]).toEqual(plain);
  });
});
