import { z } from 'zod';
import type { Engine, FittedModel } from '#models/engine.ts';
import { parseParameters } from '#models/parameters.ts';
import { refuseQuantiles } from '#models/task.ts';
import { packForest, unpackForest } from './flat.ts';
import { type Forest, fitForest } from './forest.ts';
import { forestDefaults } from './options.ts';
import { fromPackageJson, toPackageJson } from './package-json.ts';
import { permutedByForest } from './permuted.ts';

const parametersSchema = z.strictObject({
  trees: z.int().min(1).max(10_000).default(forestDefaults.trees),
  depth: z.int().min(1).max(64).default(forestDefaults.depth),
  minLeaf: z.int().min(1).default(forestDefaults.minLeaf).describe('rows in a leaf; at most a twentieth of all rows'),
  featuresPerSplit: z.int().min(1).default(forestDefaults.featuresPerSplit),
  bins: z.int().min(2).max(256).default(forestDefaults.bins),
  sampleShare: z.number().positive().max(1).default(forestDefaults.sampleShare),
});

/** The histogram forest of `models/forest`; its JSON is that of ml-random-forest. */
export const forestEngine: Engine = {
  name: 'forest',

  async fit(columns, target, { parameters, signal, onProgress, time: _time, of: _of, known: _known, ...options }) {
    refuseQuantiles('forest', options.task);
    const parsed = parseParameters('forest', parametersSchema, parameters);
    // A leaf size chosen for tens of thousands of rows would leave the first folds of a short history without a split.
    const minLeaf = Math.max(1, Math.min(parsed.minLeaf, Math.floor(target.length / 20)));
    const hooks = { onTree: onProgress, signal };
    return forestModel(await fitForest(columns, target, { ...options, ...parsed, minLeaf }, hooks));
  },

  load: (json) => forestModel(fromPackageJson(json as Parameters<typeof fromPackageJson>[0])),
  unpack: (packed) => forestModel(unpackForest(packed)),
};

function forestModel(forest: Forest): FittedModel {
  return {
    engine: 'forest',
    importance: forest.importance,
    outOfBag: forest.outOfBag,
    predict: (columns) => forest.predict(columns),
    permuted: (columns, groupOf, groups, source) => permutedByForest(forest, columns, groupOf, groups, source),
    toJSON: () => toPackageJson(forest),
    pack: () => packForest(forest),
  };
}
