import { describe, expect, it } from 'vitest';
import type { FitOptions } from '#models/engine.ts';
import { engineNamed } from '#models/engines.ts';
import { createRandom } from '#models/forest/random.ts';
import { readPacked, writePacked } from '#models/packed.ts';
import { joined } from './engine.ts';

const random = createRandom(9, 0);
const rows = 600;
const columns = Array.from({ length: 4 }, () =>
  Float64Array.from({ length: rows }, () => random.below(1 << 20) / (1 << 20)),
);
const target = Float64Array.from({ length: rows }, (_, row) => columns[0][row] + (columns[1][row] > 0.5 ? 1 : 0));
const parts = { linear: { ridge: 0.01 }, forest: { trees: 10, depth: 4 } };
const options: FitOptions = { task: { kind: 'regression' }, parameters: joined(parts), seed: 2, workers: 1 };
const mean = engineNamed('linear_and_forest');
const alone = (task: FitOptions['task'], y: Float64Array) =>
  Promise.all(
    Object.entries(parts).map(([name, parameters]) =>
      engineNamed(name).fit(columns, y, { ...options, task, parameters }),
    ),
  );
const halved = (a: Float64Array, b: Float64Array) => a.map((value, i) => (value + b[i]) / 2);

describe('the mean of a linear model and a forest', () => {
  it.each([
    ['numbers', { kind: 'regression' } as const, target],
    ['probabilities', { kind: 'classes', classes: 2 } as const, target.map((value) => Number(value > 0.9))],
  ])('is half of each: %s', async (_, task, y) => {
    const [linear, forest] = await alone(task, y);
    const fitted = await mean.fit(columns, y, { ...options, task });
    expect(fitted.predict(columns)).toEqual(halved(linear.predict(columns), forest.predict(columns)));
    expect(fitted.importance).toEqual(halved(linear.importance, forest.importance));
    const source = Uint32Array.from({ length: rows }, (_, row) => rows - 1 - row);
    const groups = [columns, Int32Array.of(0, 1, 1, -1), 2, source] as const;
    const permuted = [linear, forest].map((part) => part.permuted(...groups));
    expect(fitted.permuted(...groups)).toEqual([0, 1].map((group) => halved(permuted[0][group], permuted[1][group])));
  });

  it('says the same once it was saved and loaded, in both forms', async () => {
    const fitted = await mean.fit(columns, target, options);
    const said = fitted.predict(columns);
    expect(mean.load(JSON.parse(JSON.stringify(fitted.toJSON()))).predict(columns)).toEqual(said);
    expect(mean.unpack(readPacked(writePacked(fitted.pack()))).predict(columns)).toEqual(said);
  });

  it('takes a part that was fitted before, and names a parameter of a part that is wrong', async () => {
    const [linear, forest] = await alone(options.task, target);
    const asked: [string, unknown][] = [];
    const known = (engine: string, parameters: unknown) => {
      asked.push([engine, parameters]);
      return engine === 'linear' ? linear : forest;
    };
    const fitted = await mean.fit(columns, target, { ...options, known });
    expect(asked).toEqual(Object.entries(parts));
    expect(fitted.predict(columns)).toEqual(halved(linear.predict(columns), forest.predict(columns)));
    await expect(mean.fit(columns, target, { ...options, parameters: { 'forest.tree': 3 } })).rejects.toThrow(
      'The parameters of the engine forest are wrong',
    );
  });

  it('refuses a parameter that is of none of its parts', async () => {
    await expect(mean.fit(columns, target, { ...options, parameters: { ridge: 1 } })).rejects.toThrow(
      'The engine linear_and_forest has no parameter ridge.',
    );
  });
});
