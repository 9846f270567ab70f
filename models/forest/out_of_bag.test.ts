import { beforeAll, describe, expect, it } from 'vitest';
import type { OutOfBag } from '#models/engine.ts';
import type { Task } from '#models/task.ts';
import { curvedData } from './fixtures/curved-data.ts';
import { type Forest, type ForestOptions, fitForest } from './forest.ts';
import { createRandom } from './random.ts';
import { drawWithReplacement } from './sample.ts';

const { columns, target, terciles } = curvedData(400, 3);
const small = { trees: 7, depth: 5, minLeaf: 4, featuresPerSplit: 3, seed: 9, outOfBag: true };
const tasks: [string, Task, Float64Array][] = [
  ['a regression', { kind: 'regression' }, target],
  ['3 classes', { kind: 'classes', classes: 3 }, terciles],
];

describe.each(tasks)('out of bag of %s', (_, task, y) => {
  let forest: Forest;
  let outOfBag: OutOfBag;
  beforeAll(async () => {
    forest = await fitForest(columns, y, { ...small, task });
    outOfBag = forest.outOfBag!;
  });

  it('is what each tree that did not draw a row says of it, on average', () => {
    const { width, roots } = forest;
    const drawn = Array.from(roots, (_, tree) => {
      const counts = new Uint32Array(400);
      drawWithReplacement(createRandom(small.seed, tree + 1), counts, 400);
      return counts;
    });
    let left = 0;
    for (let row = 0; row < 400; row++) {
      const trees = [...roots.keys()].filter((tree) => drawn[tree][row] === 0);
      if (trees.length === 0) left++;
      for (let k = 0; k < width; k++) {
        const mean = trees.reduce((sum, tree) => sum + leafValue(forest, tree, row, k), 0) / trees.length;
        if (trees.length === 0) expect(outOfBag.predictions[row * width + k]).toBeNaN();
        else expect(outOfBag.predictions[row * width + k]).toBeCloseTo(mean, 14);
      }
    }
    expect(left).toBeGreaterThan(0);
    expect(outOfBag.covered).toBe(400 - left);
  });

  it('scores the rows that are covered as R² or as accuracy', () => {
    const { width } = forest;
    const rows = [...y.keys()].filter((row) => !Number.isNaN(outOfBag.predictions[row * width]));
    const of = (row: number) => Array.from(outOfBag.predictions.subarray(row * width, (row + 1) * width));
    if (task.kind === 'classes') {
      const right = rows.filter((row) => of(row).indexOf(Math.max(...of(row))) === y[row]);
      expect(outOfBag.score).toBeCloseTo(right.length / rows.length, 14);
      expect(outOfBag.score).toBeGreaterThan(0.4);
      return;
    }
    const mean = rows.reduce((sum, row) => sum + y[row], 0) / rows.length;
    const left = rows.reduce((sum, row) => sum + (y[row] - of(row)[0]) ** 2, 0);
    const all = rows.reduce((sum, row) => sum + (y[row] - mean) ** 2, 0);
    expect(outOfBag.score).toBeCloseTo(1 - left / all, 12);
    expect(outOfBag.score).toBeGreaterThan(0.2);
  });

  it('is the same bit for bit with any number of threads, and changes no tree', async () => {
    const plain = await fitForest(columns, y, { ...small, task, outOfBag: false });
    expect(plain.outOfBag).toBeUndefined();
    expect(plain.nodes).toEqual(forest.nodes);
    for (const workers of [2, 5]) {
      const again = await fitForest(columns, y, { ...small, task, workers });
      expect(bits(again.outOfBag!.predictions)).toEqual(bits(outOfBag.predictions));
      expect(again.outOfBag!.score).toBe(outOfBag.score);
    }
  });
});

describe('out of bag', () => {
  const options: ForestOptions = { ...small, task: { kind: 'regression' } };

  it('is of the rows that a sample without replacement leaves out, too', async () => {
    const { outOfBag } = await fitForest(columns, target, {
      ...options,
      trees: 1,
      bootstrap: false,
      sampleShare: 0.75,
    });
    expect(outOfBag!.covered).toBe(100);
  });

  it('is refused where every tree sees every row', async () => {
    await expect(fitForest(columns, target, { ...options, bootstrap: false })).rejects.toThrow(/^outOfBag has no rows/);
  });

  it('has nothing of rows of weight 0, which take no part', async () => {
    const weights = target.map((_, row) => row % 4);
    const { outOfBag } = await fitForest(columns, target, { ...options, trees: 60, weights });
    const none = [...outOfBag!.predictions.keys()].filter((row) => Number.isNaN(outOfBag!.predictions[row]));
    expect(none).toEqual([...weights.keys()].filter((row) => weights[row] === 0));
    expect(outOfBag!.covered).toBe(300);
  });
});

/** The value of the leaf that a row falls into, found from the definition of the layout. */
function leafValue({ roots, nodes, width }: Forest, tree: number, row: number, k: number): number {
  let node = roots[tree];
  while (nodes.next[node] >= 0) {
    node = columns[nodes.feature[node]][row] < nodes.threshold[node] ? nodes.next[node] : nodes.next[node] + 1;
  }
  return nodes.values[~nodes.next[node] * width + k];
}

/** Every bit of the numbers, so that equal means identical. */
function bits(values: Float64Array): BigUint64Array {
  return new BigUint64Array(values.slice().buffer);
}
