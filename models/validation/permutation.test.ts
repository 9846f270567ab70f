import { describe, expect, it } from 'vitest';
import { modelNamed } from '#models/catalogue.ts';
import type { FittedModel, Parameters } from '#models/engine.ts';
import { engineNamed, engineNames } from '#models/engines.ts';
import { evaluateModel } from '#models/evaluate.ts';
import { plantedFrame } from '#models/fixtures/planted_frame.ts';
import { createRandom } from '#models/forest/random.ts';
import { carriesNothing } from '#models/importance.ts';
import { logLoss, squaredError } from '#models/losses.ts';
import { type FoldModel, type PermutationInput, permutationImportance } from './permutation.ts';

const features = ['informative', 'duplicate', 'noise', 'constant', 'stray'];
const families = new Map([
  ['informative', 'twins'],
  ['duplicate', 'twins'],
  ['noise', 'idle'],
  ['constant', 'idle'],
]);
const rows = 1_200;
const folds = [0, 1, 2, 3];

/** Rows of one fold: the target is `informative` and as much noise again; `duplicate` says nearly the same. */
function rowsOf(fold: number, stream: number) {
  const random = createRandom(10 + fold, stream);
  const uniform = () => (2 * random.next()) / 2 ** 32 - 1;
  const column = (value: (row: number) => number) => Float64Array.from({ length: rows }, (_, row) => value(row));
  const informative = column(uniform);
  const duplicate = column((row) => informative[row] + 0.02 * uniform());
  const columns = [informative, duplicate, column(uniform), column(() => 2), column(uniform)];
  const target = column((row) => informative[row] + uniform());
  return { columns, target, classes: target.map((value) => Number(value > -0.5) + Number(value > 0.5)) };
}

const regression = { name: 'squared error', loss: squaredError, task: { kind: 'regression' } } as const;
const classes = { name: 'log-loss', loss: logLoss, task: { kind: 'classes', classes: 3 } } as const;

const ofOne = (count: number) => ({ symbols: ['ONE-USDT'], symbolOf: new Uint16Array(count) });

describe.each(engineNames)('importance by permutation of the engine %s', (engine) => {
  it.each([regression, classes])(
    'tells what carries something from what does not, by $name',
    async ({ loss, task }) => {
      const parameters: Parameters =
        engine === 'forest' ? { trees: 30, depth: 5, minLeaf: 40, featuresPerSplit: 2 } : {};
      const tested = await Promise.all(
        folds.map(async (fold): Promise<FoldModel> => {
          const [seen, unseen] = [rowsOf(fold, 1), rowsOf(fold, 2)];
          const of = (data: typeof seen) => (task.kind === 'classes' ? data.classes : data.target);
          const fitted = await engineNamed(engine).fit(seen.columns, of(seen), {
            task,
            parameters,
            seed: 1,
            workers: 1,
          });
          const naive = task.kind === 'classes' ? new Float64Array(rows * 3).fill(1 / 3) : new Float64Array(rows);
          return {
            ...{ fitted, columns: unseen.columns, of: ofOne(rows), target: of(unseen) },
            baselineLosses: loss.rows(naive, of(unseen)),
          };
        }),
      );
      const input: PermutationInput = { loss, features, families, folds: tested, seed: 3 };
      const lost = await permutationImportance(input);
      const { informative, duplicate, noise, constant, stray } = lost.features;
      expect(constant).toEqual({ mean: 0, deviation: 0 });
      expect(Math.abs(noise.mean)).toBeLessThan(0.01);
      expect(Math.abs(stray.mean)).toBeLessThan(0.01);
      expect(informative.mean).toBeGreaterThan(0.05);
      expect(duplicate.mean).toBeGreaterThan(0.05);
      expect([informative, duplicate, lost.families.twins].map(carriesNothing)).toEqual([false, false, false]);
      expect(carriesNothing(constant)).toBe(true);
      // Each stands in for the other as long as it is there. Half of the target's variance is known at most.
      expect(lost.families.twins.mean).toBeGreaterThan(1.3 * (informative.mean + duplicate.mean) * 0.75);
      expect(lost.families.twins.mean).toBeGreaterThan(Math.max(informative.mean, duplicate.mean));
      expect(Object.keys(lost.families)).toEqual(['twins', 'idle']);
      // The constant has no part in its family: shuffled together they are the noise alone.
      expect(lost.families.idle).toEqual(noise);
      expect(await permutationImportance(input)).toEqual(lost);
      expect(await permutationImportance({ ...input, seed: 4 })).not.toEqual(lost);
    },
  );
});

describe('permutationImportance', () => {
  /** y = 2 a + b, and the shuffles that it was asked for. */
  function transparent() {
    const sources: Uint32Array[] = [];
    const predict = ([a, b]: Float64Array[]) => a.map((value, row) => 2 * value + b[row]);
    const fitted: FittedModel = {
      engine: 'transparent',
      importance: Float64Array.of(0.5, 0.5),
      predict,
      toJSON: () => null,
      pack: () => ({ header: null, arrays: {} }),
      permuted(columns, groupOf, groups, source) {
        sources.push(source);
        return Array.from({ length: groups }, (_, group) =>
          predict(
            columns.map((values, c) => (groupOf[c] === group ? values.map((_, r) => values[source[r]]) : values)),
          ),
        );
      },
    };
    return { fitted, sources };
  }
  function foldOf(fitted: FittedModel, stream: number, length = 50): FoldModel {
    const random = createRandom(6, stream);
    const column = () => Float64Array.from({ length }, () => random.below(1_000) / 100);
    return { fitted, columns: [column(), column()], of: ofOne(length), target: column(), baselineLosses: column() };
  }
  const known = {
    loss: squaredError,
    features: ['a', 'b'],
    families: new Map([
      ['a', 'f'],
      ['b', 'f'],
    ]),
    seed: 2,
  };

  it('is the rise of the mean loss as a share of the mean loss of the baseline, over shuffles and folds', async () => {
    const { fitted, sources } = transparent();
    const two = [foldOf(fitted, 1), foldOf(fitted, 2)];
    const lost = await permutationImportance({ ...known, folds: two, settings: { rows: 50, repeats: 2 } });
    // Fold by fold, shuffle by shuffle, once for the features and once for the families.
    expect(sources).toHaveLength(8);
    for (const source of sources) expect([...source].sort((x, y) => x - y)).toEqual([...Array(50).keys()]);
    expect(new Set(sources.map(String)).size).toBe(4);
    const shares = two.map(({ columns: [a, b], target, baselineLosses }, fold) => {
      const rise = [0, 0, 0];
      for (const source of [sources[4 * fold], sources[4 * fold + 2]]) {
        for (let row = 0; row < 50; row++) {
          const s = source[row];
          const before = (2 * a[row] + b[row] - target[row]) ** 2;
          rise[0] += (2 * a[s] + b[row] - target[row]) ** 2 - before;
          rise[1] += (2 * a[row] + b[s] - target[row]) ** 2 - before;
          rise[2] += (2 * a[s] + b[s] - target[row]) ** 2 - before;
        }
      }
      const naive = baselineLosses.reduce((sum, value) => sum + value, 0);
      return rise.map((value) => value / 2 / naive);
    });
    for (const [i, { mean, deviation }] of [lost.features.a, lost.features.b, lost.families.f].entries()) {
      const [first, second] = shares.map((fold) => fold[i]);
      expect(mean).toBeCloseTo((first + second) / 2, 10);
      expect(deviation).toBeCloseTo(Math.abs(first - second) / Math.SQRT2, 10);
    }
  });

  it('draws rows of a large fold, inputs and losses of the same ones', async () => {
    const { fitted, sources } = transparent();
    const fold = foldOf(fitted, 3, 400);
    // The model is always right. Targets of other rows than the inputs would make it wrong before any shuffle.
    const exact = { ...fold, target: fitted.predict(fold.columns), baselineLosses: new Float64Array(400).fill(4) };
    const settings = { rows: 60, repeats: 1 };
    const lost = await permutationImportance({ ...known, folds: [exact], settings });
    expect(sources[0]).toHaveLength(60);
    // The rise when b is exchanged is (b' − b)², on average twice the variance 100 / 12, of which the share of 4 is 4.2.
    expect(lost.features.b.mean).toBeGreaterThan(2);
    expect(lost.features.b.mean).toBeLessThan(7);
    expect(lost.features.a.mean).toBeGreaterThan(2 * lost.features.b.mean);
    expect(lost.features.a.deviation).toBe(0);
  });

  it('ends when it is called off', async () => {
    const { fitted } = transparent();
    const signal = AbortSignal.abort(new Error('called off'));
    await expect(permutationImportance({ ...known, folds: [foldOf(fitted, 1)], signal })).rejects.toThrow('called off');
  });

  it('is part of an evaluation and the same with any number of threads', async () => {
    const frame = plantedFrame({ bars: 700, seed: 5, strength: 0.8 });
    const candidates = [{ name: 'forest', engine: 'forest', parameters: { trees: 12, depth: 5, minLeaf: 20 } }];
    const hints = new Map([
      ['drift_hint', 'hints'],
      ['volatility_hint', 'hints'],
    ]);
    const options = { horizon: 2, barMicros: 60e6, folds: 5, seed: 3, candidates, families: hints };
    const definition = modelNamed('volatility_regressor');
    const [one, two] = await Promise.all(
      [1, 2].map(async (workers) => (await evaluateModel(definition, frame, { ...options, workers })).importance),
    );
    expect(two).toEqual(one);
    expect(Object.keys(one.permutation)).toEqual(Object.keys(one.gain));
    const most = Object.entries(one.permutation).sort(([, a], [, b]) => b.mean - a.mean)[0][0];
    expect(['volatility_hint', 'trailing_deviation']).toContain(most);
    const { features: members, gain, permutation } = one.families.hints;
    expect(members).toEqual(['drift_hint', 'volatility_hint']);
    expect(gain).toBeCloseTo(one.gain.drift_hint + one.gain.volatility_hint, 12);
    expect(permutation.mean).toBeGreaterThan(one.permutation.drift_hint.mean);
  });
});
