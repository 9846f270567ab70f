import { RandomForestClassifier, RandomForestRegression } from 'ml-random-forest';
import { describe, expect, it } from 'vitest';
import { byRow, curvedData } from './fixtures/curved-data.ts';
import { fitForest, type Task } from './forest.ts';
import { fromPackageJson, toPackageJson } from './package-json.ts';

const regression: Task = { kind: 'regression' };
const classes = (count: number): Task => ({ kind: 'classes', classes: count });
const small = { trees: 15, depth: 6, minLeaf: 5, featuresPerSplit: 3, seed: 1 };

describe('toPackageJson', () => {
  it('loads in ml-random-forest, which then predicts the same regressions exactly', async () => {
    const train = curvedData(500, 1);
    const test = curvedData(200, 2);
    const forest = await fitForest(train.columns, train.target, { ...small, task: regression });
    const loaded = RandomForestRegression.load(throughText(toPackageJson(forest)));
    expect(loaded.predict(byRow(test.columns))).toEqual([...forest.predict(test.columns)]);
  });

  it.each([2, 3])(
    'loads in ml-random-forest, which then casts the same votes for %i classes, ties included',
    async (count) => {
      const train = curvedData(500, 1);
      const test = curvedData(400, 2);
      // An even number of trees, and leaves of a few rows, so that ties happen between trees and within leaves.
      const options = { ...small, trees: 4, minLeaf: 2, depth: 3, task: classes(count) };
      const forest = await fitForest(train.columns, count === 2 ? train.halves : train.terciles, options);
      const loaded = RandomForestClassifier.load(throughText(toPackageJson(forest)));
      expect(loaded.predict(byRow(test.columns))).toEqual([...forest.vote(test.columns)]);
    },
  );

  it('loads a forest whose trees are single leaves', async () => {
    const { columns, halves } = curvedData(100, 1);
    const forest = await fitForest(columns, halves, { ...small, depth: 0, task: classes(2) });
    const loaded = RandomForestClassifier.load(throughText(toPackageJson(forest)));
    expect(loaded.predict(byRow(columns))).toEqual([...forest.vote(columns)]);
  });
});

describe('fromPackageJson', () => {
  it.each([regression, classes(2), classes(3)])('gives the forest of %o back bit for bit', async (task) => {
    const { columns, target, halves, terciles } = curvedData(500, 1);
    const y = task.kind !== 'classes' ? target : task.classes === 2 ? halves : terciles;
    const forest = await fitForest(columns, y, { ...small, task });
    const again = fromPackageJson(throughText(toPackageJson(forest)));
    expect(again).toEqual(forest);
    const bits = (values: Float64Array) => new BigUint64Array(values.buffer);
    expect(bits(again.predict(columns))).toEqual(bits(forest.predict(columns)));
    expect(bits(again.importance)).toEqual(bits(forest.importance));
  });

  it('refuses a forest that the package grew itself, whose gains mean something else', () => {
    const grown = new RandomForestRegression({ nEstimators: 2, noOOB: true });
    grown.train([[1], [2], [3], [4], [5], [6]], [1, 2, 3, 4, 5, 7]);
    expect(() => fromPackageJson(throughText(grown.toJSON()))).toThrow('this is no forest that toPackageJson wrote');
  });

  it('refuses a forest with a damaged node', async () => {
    const { columns, target } = curvedData(100, 1);
    const json = toPackageJson(await fitForest(columns, target, { ...small, task: regression }));
    const damage = (from: string, to: string) => () =>
      fromPackageJson(JSON.parse(JSON.stringify(json).replace(from, to)));
    expect(damage('"splitColumn":', '"splitColumn":9')).toThrow('a split of tree 0 lacks its column');
    expect(damage('"splitValue":', '"value":')).toThrow('a split of tree 0 lacks its column, value or gain');
    expect(damage('"numberSamples":', '"samples":')).toThrow('a node of tree 0 has no numberSamples');
    expect(damage('"distribution":', '"distribution":"x","was":')).toThrow('a leaf of tree 0 is not finite');
    expect(damage('"left":', '"right":')).toThrow(RangeError);
  });
});

/** Written out and read in again, as an artifact is. */
function throughText(json: object) {
  return JSON.parse(JSON.stringify(json));
}
