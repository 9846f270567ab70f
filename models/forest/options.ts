import type { Task } from '#models/task.ts';

/** How a forest is grown. What is left out takes the value of `forestDefaults`. */
export interface ForestOptions {
  task: Task;
  /** The same data, options and seed give the same forest, bit for bit, with any number of workers. 0 … 2³²−1. */
  seed: number;
  /** Number of trees. */
  trees?: number;
  /** Splits from the root to the deepest leaf, at most. 0 leaves one leaf a tree. */
  depth?: number;
  /** Rows in a leaf, at least; a row that the bootstrap drew twice, or of weight 2, counts twice. */
  minLeaf?: number;
  /** Features drawn at random for each split; all where there are no more. */
  featuresPerSplit?: number;
  /** Quantile bins a feature, 2 … 256. */
  bins?: number;
  /** Rows drawn for each tree, as a share of all. */
  sampleShare?: number;
  /** Draw a tree's rows with replacement. Without, each tree sees `sampleShare` of the rows once. */
  bootstrap?: boolean;
  /**
   * How many rows each row stands for, 0 or more; one unless given. Weights that average 1 leave `minLeaf` its meaning.
   * The bootstrap draws by row, not by weight.
   */
  weights?: Float64Array;
  /** The same of each class 0 … classes − 1. A row weighs its own weight times that of its class. */
  classWeights?: readonly number[];
  /** Whether to predict each row by the trees that did not draw it; `Forest.outOfBag` then has that. */
  outOfBag?: boolean;
  /** Threads. With 1 the trees grow in the calling thread, which yields to its event loop after each. */
  workers?: number;
}

/** The options without data, every one of them set. */
export type ForestSettings = Required<Omit<ForestOptions, 'weights' | 'classWeights'>>;

export const forestDefaults = {
  trees: 100,
  depth: 8,
  minLeaf: 20,
  featuresPerSplit: 10,
  bins: 64,
  sampleShare: 1,
  bootstrap: true,
  outOfBag: false,
  workers: 1,
};

/**
 * The options with the defaults filled in.
 * @throws RangeError that names the option and what it may be
 */
export function forestSettings(options: ForestOptions): ForestSettings {
  const { weights: _weights, classWeights: _classWeights, ...own } = options;
  const given = Object.entries(own).filter(([, value]) => value !== undefined);
  const settings: ForestSettings = { ...forestDefaults, ...own, ...Object.fromEntries(given) };
  if (settings.task.kind === 'classes') checkWhole('classes', settings.task.classes, 2, 256);
  checkWhole('seed', settings.seed, 0, 2 ** 32 - 1);
  checkWhole('trees', settings.trees, 1, 100_000);
  checkWhole('depth', settings.depth, 0, 64);
  checkWhole('minLeaf', settings.minLeaf, 1, 2 ** 31 - 1);
  checkWhole('featuresPerSplit', settings.featuresPerSplit, 1, 65_535);
  checkWhole('bins', settings.bins, 2, 256);
  checkWhole('workers', settings.workers, 1, 256);
  if (!(settings.sampleShare > 0 && settings.sampleShare <= 1)) {
    throw new RangeError(`sampleShare is ${settings.sampleShare}; it has to be above 0 and at most 1`);
  }
  if (settings.outOfBag && !settings.bootstrap && settings.sampleShare === 1) {
    throw new RangeError(
      'outOfBag has no rows to predict where every tree sees all: set bootstrap or a lower sampleShare',
    );
  }
  return settings;
}

function checkWhole(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`${name} is ${value}; it has to be a whole number from ${least} to ${most}`);
}

export type { Task };
