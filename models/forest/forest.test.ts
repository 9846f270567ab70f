import { describe, expect, it } from 'vitest';
import { UserError } from '#lib/errors.ts';
import { curvedData } from './fixtures/curved-data.ts';
import { type Forest, type ForestOptions, fitForest, type Task } from './forest.ts';
import { createRandom } from './random.ts';

const regression: Task = { kind: 'regression' };
const small = { trees: 12, depth: 6, minLeaf: 5, featuresPerSplit: 3 };

describe('fitForest', () => {
  it('learns a curve with an interaction far better than the mean, on rows it has not seen', async () => {
    const train = curvedData(3_000, 1);
    const test = curvedData(1_000, 2);
    const forest = await fitForest(train.columns, train.target, {
      task: regression,
      seed: 1,
      trees: 50,
      featuresPerSplit: 4,
    });
    const mean = train.target.reduce((sum, value) => sum + value, 0) / train.target.length;
    const loss = squaredError(test.target, forest.predict(test.columns));
    const baseline = squaredError(
      test.target,
      test.target.map(() => mean),
    );
    expect(1 - loss / baseline).toBeGreaterThan(0.7);
  });

  it('learns classes far better than the majority, on rows it has not seen', async () => {
    const train = curvedData(3_000, 1);
    const test = curvedData(1_000, 2);
    const options: ForestOptions = { task: { kind: 'classes', classes: 3 }, seed: 1, trees: 50, featuresPerSplit: 4 };
    const forest = await fitForest(train.columns, train.terciles, options);
    const right = forest.vote(test.columns).filter((label, row) => label === test.terciles[row]).length;
    expect(right / 1_000).toBeGreaterThan(0.6);
  });

  it.each([
    ['regression', regression],
    ['3 classes', { kind: 'classes', classes: 3 } as Task],
  ])('grows the same %s with one thread, two or five', async (_, task) => {
    const { columns, target, terciles } = curvedData(600, 3);
    const y = task.kind === 'classes' ? terciles : target;
    const one = await fitForest(columns, y, { ...small, task, seed: 9, workers: 1 });
    for (const workers of [2, 5]) {
      const other = await fitForest(columns, y, { ...small, task, seed: 9, workers });
      expect(other).toEqual(one);
      expect(bits(other.predict(columns))).toEqual(bits(one.predict(columns)));
    }
  });

  it('grows the same forest from the same seed, and another from another', async () => {
    const { columns, target } = curvedData(600, 3);
    const grow = (seed: number) => fitForest(columns, target, { ...small, task: regression, seed });
    const [one, same, other] = [await grow(1), await grow(1), await grow(2)];
    expect(same).toEqual(one);
    expect(other.nodes).not.toEqual(one.nodes);
  });

  it('draws other rows and features for each tree', async () => {
    const { columns, target } = curvedData(600, 3);
    for (const bootstrap of [true, false]) {
      const { roots, nodes } = await fitForest(columns, target, { ...small, bootstrap, task: regression, seed: 1 });
      const trees = Array.from(roots, (root, tree) => nodes.threshold.slice(root, roots[tree + 1]).join());
      expect(new Set(trees).size).toBe(12);
    }
  });

  it('takes the lowest of cuts that are equally good, and the first of such features', async () => {
    const x = Float64Array.of(1, 2, 3, 4);
    const options = { trees: 1, depth: 1, minLeaf: 1, featuresPerSplit: 2, bootstrap: false, seed: 1 };
    for (const task of [regression, { kind: 'classes', classes: 2 } as Task]) {
      const { nodes } = await fitForest([x, x], Float64Array.of(0, 1, 1, 0), { ...options, task });
      expect([nodes.feature[0], nodes.threshold[0]]).toEqual([0, 1.5]);
    }
  });

  it('grows tree by tree: more trees do not change the first ones', async () => {
    const { columns, target } = curvedData(600, 3);
    const few = await fitForest(columns, target, { ...small, trees: 3, task: regression, seed: 1 });
    const many = await fitForest(columns, target, { ...small, trees: 9, task: regression, seed: 1 });
    expect(many.nodes.threshold.slice(0, few.nodes.threshold.length)).toEqual(few.nodes.threshold);
  });

  it('predicts on a training row the mean of the rows that x < threshold puts into its leaf', async () => {
    const { columns, target } = curvedData(900, 4);
    const options = { ...small, task: regression, seed: 1, trees: 1, bootstrap: false, bins: 16 };
    const forest = await fitForest(columns, target, options);
    const leaves = Array.from(target, (_, row) => leafOf(forest, 0, columns, row));
    const predicted = forest.predict(columns);
    for (const leaf of new Set(leaves)) {
      const rows = leaves.flatMap((other, row) => (other === leaf ? [row] : []));
      const mean = rows.reduce((sum, row) => sum + target[row], 0) / rows.length;
      expect(forest.nodes.rows[leaf]).toBe(rows.length);
      for (const row of rows) expect(predicted[row]).toBeCloseTo(mean, 12);
    }
  });

  it('keeps the digits of a target far from zero', async () => {
    const { columns, target } = curvedData(900, 4);
    const options = { ...small, task: regression, seed: 1 };
    const near = await fitForest(columns, target, options);
    const far = await fitForest(
      columns,
      target.map((value) => value + 2 ** 30),
      options,
    );
    const difference = far.predict(columns).map((value) => value - 2 ** 30);
    for (const [row, value] of near.predict(columns).entries()) expect(difference[row]).toBeCloseTo(value, 5);
  });

  it('keeps to depth, minLeaf and the size of the sample', async () => {
    const { columns, halves } = curvedData(1_000, 5);
    const task: Task = { kind: 'classes', classes: 2 };
    for (const bootstrap of [true, false]) {
      const forest = await fitForest(columns, halves, {
        task,
        seed: 1,
        trees: 20,
        depth: 4,
        minLeaf: 30,
        sampleShare: 0.5,
        bootstrap,
      });
      const { next, rows } = forest.nodes;
      for (const root of forest.roots) {
        expect(rows[root]).toBe(500);
        expect(depthOf(forest, root)).toBeLessThanOrEqual(4);
      }
      for (let node = 0; node < next.length; node++) {
        if (next[node] >= 0) expect(rows[next[node]] + rows[next[node] + 1]).toBe(rows[node]);
        else expect(rows[node]).toBeGreaterThanOrEqual(30);
      }
    }
  });

  it('splits a node no further once its target is constant', async () => {
    const random = createRandom(1, 1);
    const x = Float64Array.from({ length: 400 }, (_, row) => row % 2);
    const noise = Float64Array.from({ length: 400 }, () => random.next());
    const target = x.map((value) => 1e-7 * value + 0.1);
    const forest = await fitForest([x, noise], target, {
      task: regression,
      seed: 1,
      trees: 5,
      featuresPerSplit: 2,
      minLeaf: 1,
    });
    expect(forest.nodes.next).toHaveLength(15);
    expect([...forest.importance]).toEqual([1, 0]);
  });

  it('draws further features when those drawn cannot be split', async () => {
    const x = Float64Array.from({ length: 100 }, (_, row) => row);
    const constants = Array.from({ length: 30 }, () => new Float64Array(100).fill(3));
    // Two values, the rarer of which is too rare for a leaf.
    const rare = Array.from({ length: 30 }, () => Float64Array.from({ length: 100 }, (_, row) => Number(row === 50)));
    const forest = await fitForest([...constants, x, ...rare], x, {
      task: regression,
      seed: 1,
      trees: 10,
      depth: 1,
      featuresPerSplit: 1,
    });
    expect(forest.nodes.next).toHaveLength(30);
    expect(forest.importance[30]).toBe(1);
  });

  it('reports each tree once', async () => {
    const { columns, target } = curvedData(300, 3);
    for (const workers of [1, 2]) {
      const seen: number[][] = [];
      const onTree = (done: number, total: number) => seen.push([done, total]);
      await fitForest(columns, target, { ...small, task: regression, seed: 1, workers }, { onTree });
      expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => [i + 1, 12]));
    }
  });

  it.each([1, 2])('rejects with the reason of the signal, with %i threads', async (workers) => {
    const { columns, target } = curvedData(2_000, 3);
    const reason = new Error('no longer wanted');
    const options = { task: regression, seed: 1, trees: 2_000, workers };
    const before = AbortSignal.abort(reason);
    await expect(fitForest(columns, target, options, { signal: before })).rejects.toBe(reason);
    const controller = new AbortController();
    let grown = 0;
    const onTree = (done: number) => {
      grown = done;
      if (done === 3) controller.abort(reason);
    };
    await expect(fitForest(columns, target, options, { signal: controller.signal, onTree })).rejects.toBe(reason);
    expect(grown).toBe(3);
  });

  it.each([1, 2])('rejects when the progress hook throws, with %i threads', async (workers) => {
    const { columns, target } = curvedData(300, 3);
    const onTree = () => {
      throw new Error('the job has lost its lock');
    };
    const grown = fitForest(columns, target, { ...small, task: regression, seed: 1, workers }, { onTree });
    await expect(grown).rejects.toThrow('the job has lost its lock');
  });
});

describe('fitForest on bad input', () => {
  const x = Float64Array.from({ length: 50 }, (_, row) => row);
  const classes: Task = { kind: 'classes', classes: 2 };
  const grow = (columns: Float64Array[], target: Float64Array, task: Task, more = {}) => {
    return fitForest(columns, target, { task, seed: 1, trees: 1, ...more });
  };

  it.each([
    ['no columns', [], x, regression, RangeError, 'no columns'],
    ['no rows', [new Float64Array(0)], new Float64Array(0), regression, UserError, 'no rows'],
    ['a short column', [x, x.slice(1)], x, regression, RangeError, 'column 1 has 49 rows, but the target has 50'],
    [
      'an infinite target',
      [x],
      x.map((v) => (v === 3 ? Infinity : v)),
      regression,
      RangeError,
      'the target is Infinity in row 3',
    ],
    ['a feature that is NaN', [x.map((v) => (v === 7 ? Number.NaN : v))], x, regression, RangeError, 'column 0'],
    ['a label outside', [x], x.map((v) => v % 3), classes, RangeError, 'the target is 2 in row 2'],
    ['a label between', [x], x.map((v) => v / 2), classes, RangeError, 'the target is 0.5 in row 1'],
    ['one class', [x], x.map(() => 1), classes, UserError, 'target has one class'],
    ['too few rows', [x.slice(0, 39)], x.slice(0, 39), regression, UserError, 'too few for two leaves of 20'],
  ])('refuses %s', async (_, columns, target, task, kind, message) => {
    const error = await grow(columns, target, task).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toContain(message);
  });

  it.each([
    { trees: 0 },
    { depth: 65 },
    { minLeaf: 0 },
    { bins: 257 },
    { sampleShare: 0 },
    { seed: -1 },
    { workers: 1.5 },
  ])('refuses %o and names the option', async (options) => {
    await expect(grow([x], x, regression, options)).rejects.toThrow(Object.keys(options)[0]);
  });
});

describe('Forest', () => {
  it('gives probabilities that sum to 1', async () => {
    const { columns, terciles } = curvedData(700, 6);
    const forest = await fitForest(columns, terciles, { ...small, task: { kind: 'classes', classes: 3 }, seed: 1 });
    const shares = forest.predict(columns);
    expect(shares).toHaveLength(2_100);
    for (let row = 0; row < 700; row++) {
      const three = shares.subarray(3 * row, 3 * row + 3);
      expect(three.every((share) => share >= 0 && share <= 1)).toBe(true);
      expect(three[0] + three[1] + three[2]).toBeCloseTo(1, 12);
    }
  });

  it('predicts a row alone as it predicts it among others, across blocks', async () => {
    const { columns, halves } = curvedData(700, 6);
    const forest = await fitForest(columns, halves, { ...small, task: { kind: 'classes', classes: 2 }, seed: 1 });
    const together = forest.predict(columns);
    for (const row of [0, 255, 256, 511, 512, 699]) {
      const alone = forest.predict(columns.map((values) => values.subarray(row, row + 1)));
      expect(bits(alone)).toEqual(bits(together.slice(2 * row, 2 * row + 2)));
    }
    expect(bits(forest.predict(columns, 300))).toEqual(bits(together.slice(0, 600)));
  });

  it('predicts the mean, and has no importance, where no tree may split', async () => {
    const { columns, target } = curvedData(700, 6);
    const options = { task: regression, seed: 1, trees: 3, depth: 0, bootstrap: false };
    const forest = await fitForest(columns, target, options);
    const mean = target.reduce((sum, value) => sum + value, 0) / 700;
    for (const value of forest.predict(columns)) expect(value).toBeCloseTo(mean, 12);
    expect([...forest.importance]).toEqual(new Array(8).fill(0));
  });

  it('finds the features important that make the target', async () => {
    const { columns, target } = curvedData(2_000, 6);
    const { importance } = await fitForest(columns, target, {
      task: regression,
      seed: 1,
      trees: 20,
      featuresPerSplit: 3,
    });
    const ranked = [...importance.keys()].sort((a, b) => importance[b] - importance[a]);
    expect(ranked.slice(0, 3).sort()).toEqual([0, 1, 3]);
    expect(importance.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  it('refuses columns that are missing, short or not finite', async () => {
    const { columns, target } = curvedData(300, 6);
    const forest = await fitForest(columns, target, { ...small, task: regression, seed: 1 });
    expect(() => forest.predict(columns.slice(1))).toThrow('was fitted on 8 columns and got 7');
    expect(() => forest.predict(columns, 301)).toThrow('column 0 has 300 rows of 301');
    expect(() => forest.predict([...columns.slice(1), new Float64Array(300).fill(Number.NaN)])).toThrow(
      'column 7 is NaN',
    );
    expect(forest.predict(columns.map(() => new Float64Array(0)))).toHaveLength(0);
  });
});

/** The leaf's node, found from the definition of the layout. */
function leafOf({ roots, nodes }: Forest, tree: number, columns: Float64Array[], row: number): number {
  let node = roots[tree];
  while (nodes.next[node] >= 0) {
    node = columns[nodes.feature[node]][row] < nodes.threshold[node] ? nodes.next[node] : nodes.next[node] + 1;
  }
  return node;
}

function depthOf(forest: Forest, node: number): number {
  const next = forest.nodes.next[node];
  return next < 0 ? 0 : 1 + Math.max(depthOf(forest, next), depthOf(forest, next + 1));
}

function squaredError(actual: Float64Array, predicted: Float64Array): number {
  return actual.reduce((sum, value, row) => sum + (value - predicted[row]) ** 2, 0);
}

/** Every bit of the numbers, so that equal means identical. */
function bits(values: Float64Array): BigUint64Array {
  return new BigUint64Array(values.buffer, values.byteOffset, values.length);
}
