import { RandomForestClassifier, RandomForestRegression } from 'ml-random-forest';
import { describe, expect, it } from 'vitest';
import { byRow } from './fixtures/curved-data.ts';
import { fitForest, type Task } from './forest.ts';
import { type PackageNode, toPackageJson } from './package-json.ts';
import { createRandom } from './random.ts';

// ml-cart, by way of a package forest of one tree without bagging, searches every split of the raw values. It is sound
// where no feature has ties (of equal values it only sees one order) and, for regression, where no split is perfect.
const rows = 60;
const count = 4;

describe('one tree on all rows and features', () => {
  it.each([1, 2, 3, 4, 5])('splits every node of classes as well as ml-cart does (data %i)', async (seed) => {
    const { columns, noisy } = continuousData(seed);
    const labels = noisy.map((value) => (value < 0.6 ? 0 : value < 1 ? 1 : 2));
    const root = await oneTree(columns, labels, { kind: 'classes', classes: 3 });
    const seen = walk(root, columns, (node, members) => {
      const best = packageSplit(RandomForestClassifier, columns, labels, members);
      expect(node.gain).toBeCloseTo(best.gain, 12);
    });
    expect(seen).toBeGreaterThan(3);
  });

  it.each([1, 2, 3, 4, 5])('splits every node of a regression where ml-cart does (data %i)', async (seed) => {
    const { columns, noisy } = continuousData(seed);
    const root = await oneTree(columns, noisy, { kind: 'regression' });
    const seen = walk(root, columns, (node, members) => {
      const best = packageSplit(RandomForestRegression, columns, noisy, members);
      const left = (column: number, value: number) => members.filter((row) => columns[column][row] < value);
      expect(node.splitColumn).toBe(best.column);
      expect(left(node.splitColumn, node.splitValue)).toEqual(left(best.column, best.value));
      if (members.length === rows) expect(node.splitValue).toBe(best.value);
      // Its gain is the squared error that is left.
      const mean = members.reduce((sum, row) => sum + noisy[row], 0) / members.length;
      const error = members.reduce((sum, row) => sum + (noisy[row] - mean) ** 2, 0);
      expect(node.gain * members.length).toBeCloseTo(error - best.gain, 10);
    });
    expect(seen).toBeGreaterThan(3);
  });

  // Deeper splits may lie elsewhere between the same two rows, for the package sees the rows of a node alone: so rows that
  // neither has seen are asked of the root only, and those of the training of the whole tree.
  it.each([1, 2, 3, 4, 5])('predicts the regression that the trained package predicts (data %i)', async (seed) => {
    const { columns, noisy } = continuousData(seed);
    for (const [depth, inputs] of asked(columns, seed)) {
      const forest = await fitForest(columns, noisy, { ...whole, task: { kind: 'regression' }, depth });
      const theirs = packageForest(RandomForestRegression, depth);
      theirs.train(byRow(columns), [...noisy]);
      const predicted = forest.predict(inputs);
      expect(new Set(predicted).size).toBeGreaterThan(depth);
      for (const [row, value] of theirs.predict(byRow(inputs)).entries())
        expect(predicted[row]).toBeCloseTo(value as number, 12);
    }
  });

  it.each([1, 2, 3, 4, 5])('predicts the classes that the trained package predicts (data %i)', async (seed) => {
    const { columns, noisy } = continuousData(seed);
    const labels = noisy.map((value) => (value < 0.6 ? 0 : value < 1 ? 1 : 2));
    for (const [depth, inputs] of asked(columns, seed)) {
      const forest = await fitForest(columns, labels, { ...whole, task: { kind: 'classes', classes: 3 }, depth });
      const theirs = packageForest(RandomForestClassifier, depth);
      theirs.train(byRow(columns), [...labels]);
      expect(theirs.predict(byRow(inputs))).toEqual([...forest.vote(inputs)]);
      expect(new Set(forest.vote(inputs)).size).toBeGreaterThan(1);
    }
  });
});

/** One tree that sees all rows and features, with a bin for each value. */
const whole = { seed: 1, trees: 1, minLeaf: 1, featuresPerSplit: count, bins: rows, bootstrap: false };

/** A depth, and what a tree of that depth is asked. */
function asked(columns: Float64Array[], seed: number): [number, Float64Array[]][] {
  return [
    [3, columns],
    [1, continuousData(seed + 100).columns],
  ];
}

async function oneTree(columns: Float64Array[], target: Float64Array, task: Task): Promise<PackageNode> {
  return toPackageJson(await fitForest(columns, target, { ...whole, task, depth: 3 })).baseModel.estimators[0].root;
}

/** Calls back with each split and the rows that reach it, and returns the number of splits. */
function walk(
  node: PackageNode,
  columns: Float64Array[],
  each: (split: Exclude<PackageNode, { distribution: unknown }>, members: number[]) => void,
  members = Array.from({ length: rows }, (_, row) => row),
): number {
  if ('distribution' in node) return 0;
  each(node, members);
  const goesLeft = (row: number) => columns[node.splitColumn][row] < node.splitValue;
  const left = walk(node.left, columns, each, members.filter(goesLeft));
  return (
    1 +
    left +
    walk(
      node.right,
      columns,
      each,
      members.filter((row) => !goesLeft(row)),
    )
  );
}

/** The split that the package finds best for these rows. */
function packageSplit(
  kind: typeof RandomForestClassifier | typeof RandomForestRegression,
  columns: Float64Array[],
  target: Float64Array,
  members: number[],
): { column: number; value: number; gain: number } {
  const forest = packageForest(kind, 1);
  forest.train(
    members.map((row) => columns.map((values) => values[row])),
    members.map((row) => target[row]),
  );
  const { indexes, estimators } = JSON.parse(JSON.stringify(forest.toJSON())).baseModel;
  const { splitColumn, splitValue, gain } = estimators[0].root;
  return { column: indexes[0][splitColumn], value: splitValue, gain };
}

/** The package's forest of one tree on all rows and features, with the settings under which it is sound. */
function packageForest(kind: typeof RandomForestClassifier | typeof RandomForestRegression, maxDepth: number) {
  return new kind({
    nEstimators: 1,
    useSampleBagging: false,
    noOOB: true,
    maxFeatures: count,
    replacement: false,
    treeOptions: { minNumSamples: 1, maxDepth, gainThreshold: 0 },
  });
}

/** Features without ties, and a target that depends on two of them. */
function continuousData(seed: number) {
  const random = createRandom(seed, 7);
  const columns = Array.from({ length: count }, () =>
    Float64Array.from({ length: rows }, () => random.next() / 2 ** 32),
  );
  const noisy = Float64Array.from(
    { length: rows },
    (_, row) => columns[0][row] + columns[1][row] ** 2 + random.next() / 2 ** 34,
  );
  return { columns, noisy };
}
