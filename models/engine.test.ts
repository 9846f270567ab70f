import { describe, expect, it } from 'vitest';
import type { FitOptions } from './engine.ts';
import { engineNamed, engineNames } from './engines.ts';
import { curvedData } from './forest/fixtures/curved-data.ts';

const { columns, target, terciles } = curvedData(4_000, 4, 12);
const classes: FitOptions['task'] = { kind: 'classes', classes: 3 };
const regression: FitOptions['task'] = { kind: 'regression' };
const reason = new Error('no longer wanted');
/** Minutes of work. */
const long = { task: regression, parameters: { trees: 10_000, minLeaf: 1, depth: 30 }, seed: 1 };

describe('a fit that is called off', () => {
  it.each([1, 3])('ends soon with the reason, and no thread of %i is left', async (workers) => {
    const controller = new AbortController();
    const before = threads();
    let grown = 0;
    const onProgress = (done: number) => {
      grown = done;
      if (done !== 4) return;
      if (workers > 1) expect(threads()).toBeGreaterThan(before);
      controller.abort(reason);
    };
    const options = { ...long, workers, onProgress, signal: controller.signal };
    await expect(engineNamed('forest').fit(columns, target, options)).rejects.toBe(reason);
    // The fifth of ten thousand trees was not waited for.
    expect(grown).toBe(4);
    expect(threads()).toBe(before);
  });

  it('ends between the steps of a logistic regression', async () => {
    const controller = new AbortController();
    const fit = { task: classes, parameters: { ridge: 1e-9 }, seed: 1, workers: 1, signal: controller.signal };
    const running = engineNamed('linear').fit(columns, terciles, fit);
    setImmediate(() => controller.abort(reason));
    await expect(running).rejects.toBe(reason);
  });

  it.each(engineNames)('does not begin when it was called off before, by %s', async (engine) => {
    const fit = { task: regression, parameters: {}, seed: 1, workers: 1, signal: AbortSignal.abort(reason) };
    await expect(engineNamed(engine).fit(columns, target, fit)).rejects.toBe(reason);
  });
});

describe('a fit', () => {
  it.each(engineNames)('says how far it is, at last that it is done, by %s', async (engine) => {
    const parameters: Record<string, number> = engine === 'forest' ? { trees: 6 } : {};
    const seen: number[][] = [];
    const onProgress = (...step: number[]) => seen.push(step);
    await engineNamed(engine).fit(columns, target, { task: regression, parameters, seed: 1, workers: 2, onProgress });
    const total = seen.length;
    expect(total).toBe(engine === 'forest' ? 6 : 1);
    expect(seen).toEqual(Array.from({ length: total }, (_, i) => [i + 1, total]));
  });

  it('has what is out of bag where that is asked for', async () => {
    const fit = { task: classes, parameters: { trees: 40 }, seed: 1, workers: 2 };
    const engine = engineNamed('forest');
    expect((await engine.fit(columns, terciles, fit)).outOfBag).toBeUndefined();
    const { outOfBag } = await engine.fit(columns, terciles, { ...fit, outOfBag: true });
    expect(outOfBag!.covered).toBe(4_000);
    expect(outOfBag!.score).toBeGreaterThan(0.5);
    expect(outOfBag!.predictions).toHaveLength(12_000);
  });

  it('heeds weights by forest, and is refused with them by an engine that would not', async () => {
    const fit = { task: classes, parameters: { trees: 5 }, seed: 1, workers: 1, classWeights: [1, 0, 1] };
    const shares = (await engineNamed('forest').fit(columns, terciles, fit)).predict(columns);
    expect(shares.every((share, i) => i % 3 !== 1 || share === 0)).toBe(true);
    const linear = engineNamed('linear').fit(columns, terciles, { ...fit, parameters: {} });
    await expect(linear).rejects.toThrow('The engine linear takes no weights.');
  });
});

/** Each thread keeps a port to this one. */
function threads(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
}
