import { describe, expect, it } from 'vitest';
import { UserError } from '#lib/errors.ts';
import type { Task } from '#models/task.ts';
import { curvedData } from './fixtures/curved-data.ts';
import { type Forest, type ForestOptions, fitForest } from './forest.ts';

const classes: Task = { kind: 'classes', classes: 3 };
const { columns, target, terciles } = curvedData(240, 5);
const tasks: [string, Task, Float64Array][] = [
  ['a regression', { kind: 'regression' }, target],
  ['3 classes', classes, terciles],
];
// One tree that sees all rows and features, and as many bins as values: nothing that is drawn could differ.
const whole = { seed: 1, trees: 1, depth: 5, minLeaf: 9, featuresPerSplit: 8, bins: 256, bootstrap: false };

describe.each(tasks)('weights of the rows of %s', (_, task, y) => {
  it('say how often each row is there', async () => {
    const weights = y.map((_, row) => (row * 7) % 4);
    const often = [...weights.keys()].flatMap((row) => new Array<number>(weights[row]).fill(row));
    const repeat = (values: Float64Array) => Float64Array.from(often, (row) => values[row]);
    const weighed = await fitForest(columns, y, { ...whole, task, weights });
    const repeated = await fitForest(columns.map(repeat), repeat(y), { ...whole, task });
    expect(weighed.nodes.next.length).toBeGreaterThan(15);
    expectSame(weighed, repeated);
    // What differs: here a row is counted once.
    expect(repeated.nodes.rows[0]).toBe(often.length);
    expect(weighed.nodes.rows[0]).toBe(180);
  });

  it('change nothing when they are all 1, with a bootstrap too', async () => {
    const options: ForestOptions = { task, seed: 3, trees: 10, minLeaf: 5, featuresPerSplit: 3 };
    const plain = await fitForest(columns, y, options);
    expect(await fitForest(columns, y, { ...options, weights: y.map(() => 1) })).toEqual(plain);
  });

  it('give the same forest bit for bit with any number of threads', async () => {
    const weights = y.map((_, row) => Math.sqrt(row % 17));
    const options: ForestOptions = { task, seed: 3, trees: 10, minLeaf: 5, featuresPerSplit: 3, weights };
    const one = await fitForest(columns, y, options);
    for (const workers of [2, 5]) {
      const other = await fitForest(columns, y, { ...options, workers });
      expect(new BigUint64Array(other.nodes.values.buffer)).toEqual(new BigUint64Array(one.nodes.values.buffer));
      expect(other).toEqual(one);
    }
  });
});

describe('weights of classes', () => {
  it('are those of their rows', async () => {
    const classWeights = [0.5, 2, 1.25];
    const options: ForestOptions = { task: classes, seed: 3, trees: 10, minLeaf: 5, featuresPerSplit: 3 };
    const byClass = await fitForest(columns, terciles, { ...options, classWeights });
    const byRow = await fitForest(columns, terciles, { ...options, weights: terciles.map((k) => classWeights[k]) });
    expect(byClass).toEqual(byRow);
    const own = target.map((_, row) => 1 + (row % 3));
    const both = await fitForest(columns, terciles, { ...options, classWeights, weights: own });
    const product = own.map((weight, row) => weight * classWeights[terciles[row]]);
    expect(both).toEqual(await fitForest(columns, terciles, { ...options, weights: product }));
  });

  it('move the leaves as they say', async () => {
    const options: ForestOptions = { ...whole, task: classes, depth: 0, classWeights: [1, 2, 5] };
    const { nodes } = await fitForest(columns, terciles, options);
    const weighed = [1, 2, 5].map((weight, k) => weight * terciles.filter((label) => label === k).length);
    const total = weighed.reduce((sum, weight) => sum + weight, 0);
    expect([...nodes.values]).toEqual(weighed.map((weight) => weight / total));
  });

  it('leave a class out that has 0', async () => {
    const options: ForestOptions = { task: classes, seed: 3, trees: 10, minLeaf: 5, featuresPerSplit: 3 };
    const without = [...terciles.keys()].filter((row) => terciles[row] !== 1);
    const only = (values: Float64Array) => Float64Array.from(without, (row) => values[row]);
    const forest = await fitForest(columns, terciles, { ...options, classWeights: [1, 0, 1] });
    expect(forest).toEqual(await fitForest(columns.map(only), only(terciles), options));
    await expect(fitForest(columns, terciles, { ...options, classWeights: [1, 0, 0] })).rejects.toThrow(
      'has one class',
    );
  });
});

describe('bad weights', () => {
  const grow = (options: Partial<ForestOptions>) =>
    fitForest(columns, terciles, { task: classes, seed: 1, trees: 1, ...options });
  const set = (value: number) => terciles.map((_, row) => (row === 3 ? value : 1));

  it.each([
    ['are negative', { weights: set(-1) }, 'the weight of row 3 is -1'],
    ['are not numbers', { weights: set(Number.NaN) }, 'the weight of row 3 is NaN'],
    ['are infinite', { weights: set(Number.POSITIVE_INFINITY) }, 'the weight of row 3 is Infinity'],
    ['add up to infinity', { weights: terciles.map(() => 1e307) }, 'too large to be added up'],
    ['are too few', { weights: new Float64Array(239).fill(1) }, 'there are 239 weights for 240 rows'],
    ['are negative for a class', { classWeights: [1, -2, 1] }, 'the weight of class 1 is -2'],
    ['are of fewer classes', { classWeights: [1, 1] }, 'there are 2 class weights for 3 classes'],
    ['are of classes that there are not', { task: tasks[0][1], classWeights: [1] }, 'a regression has no classes'],
  ])('are refused when they %s', async (_, options, message) => {
    const error = await grow(options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).message).toContain(message);
  });

  it('are a matter for people when they leave too little', async () => {
    const failure = (weight: number) =>
      grow({ weights: terciles.map(() => weight) }).catch((thrown: unknown) => thrown);
    expect(await failure(0)).toBeInstanceOf(UserError);
    const little = (await failure(0.125)) as UserError;
    expect(little).toBeInstanceOf(UserError);
    expect(little.sentence).toMatch(/^240 rows with a weight of 30 in all, .* too few for two leaves of 20\. Choose/);
  });
});

/** The same splits, and values that differ in no more than rounding. */
function expectSame(one: Forest, other: Forest): void {
  for (const part of ['next', 'feature', 'threshold'] as const) expect(one.nodes[part]).toEqual(other.nodes[part]);
  expect(one.nodes.values.length).toBe(other.nodes.values.length);
  one.nodes.values.forEach((value, i) => {
    expect(value).toBeCloseTo(other.nodes.values[i], 12);
  });
  one.importance.forEach((share, i) => {
    expect(share).toBeCloseTo(other.importance[i], 12);
  });
}
