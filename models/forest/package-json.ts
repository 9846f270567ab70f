import { Forest } from './ensemble.ts';
import type { Task } from './options.ts';
import type { Tree } from './tree.ts';

/** A node as ml-cart writes it. `splitColumn` counts the columns of the forest; `x < splitValue` goes left. */
export interface PackageSplit {
  splitColumn: number;
  splitValue: number;
  /** Fall of impurity per row of the node. (ml-cart means the same for classes; for regression it keeps what remains.) */
  gain: number;
  numberSamples: number;
  left: PackageNode;
  right: PackageNode;
}

/** `distribution` is a number, or a matrix of one row with the shares of the classes. */
export interface PackageLeaf {
  distribution: number | number[][];
  numberSamples: number;
}

export type PackageNode = PackageSplit | PackageLeaf;

export interface PackageTree {
  name: 'DTClassifier' | 'DTRegression';
  options: PackageTreeOptions;
  root: PackageNode;
}

export interface PackageTreeOptions {
  kind: 'classifier' | 'regression';
  gainFunction: 'gini' | 'variance';
  splitFunction: 'mean';
}

/** The JSON of ml-random-forest 2.1.0: `RandomForestRegression.load` and `RandomForestClassifier.load` take it as it is. */
export interface PackageForest {
  name: 'RFClassifier' | 'RFRegression';
  selectionMethod?: 'mean';
  baseModel: {
    /** For each tree the columns that its column numbers stand for; here all of them in their order. */
    indexes: number[][];
    n: number;
    replacement: boolean;
    maxFeatures: number;
    nEstimators: number;
    treeOptions: PackageTreeOptions;
    isClassifier: boolean;
    /** The package's own seed, which says nothing of a forest that it did not grow. */
    seed: number;
    useSampleBagging: boolean;
    estimators: PackageTree[];
  };
}

/**
 * The forest in the package's format. Its regressions equal those of `Forest.predict` exactly; its classes are hard votes
 * and equal those of `Forest.vote`, not always the greatest probability of `Forest.predict`.
 */
export function toPackageJson(forest: Forest): PackageForest {
  const { task, features, nodes } = forest;
  const classes = task.kind === 'classes';
  const options: PackageTreeOptions = {
    kind: classes ? 'classifier' : 'regression',
    gainFunction: classes ? 'gini' : 'variance',
    splitFunction: 'mean',
  };
  const indexes = Array.from({ length: features }, (_, column) => column);
  const write = (node: number): PackageNode => {
    const next = nodes.next[node];
    const numberSamples = nodes.rows[node];
    if (next < 0) {
      const shares = Array.from(nodes.values.subarray(~next * forest.width, (~next + 1) * forest.width));
      return { distribution: classes ? [shares] : shares[0], numberSamples };
    }
    return {
      splitColumn: nodes.feature[node],
      splitValue: nodes.threshold[node],
      gain: nodes.gain[node],
      numberSamples,
      left: write(next),
      right: write(next + 1),
    };
  };
  const estimators = Array.from(forest.roots, (root): PackageTree => {
    return { name: classes ? 'DTClassifier' : 'DTRegression', options, root: write(root) };
  });
  return {
    name: classes ? 'RFClassifier' : 'RFRegression',
    ...(classes ? {} : { selectionMethod: 'mean' as const }),
    baseModel: {
      indexes: estimators.map(() => indexes),
      n: features,
      replacement: false,
      maxFeatures: features,
      nEstimators: estimators.length,
      treeOptions: options,
      isClassifier: classes,
      seed: 0,
      useSampleBagging: true,
      estimators,
    },
  };
}

/**
 * The forest that `toPackageJson` wrote, also after a round trip through text: predictions, votes and importance are the
 * same bit for bit.
 * @throws RangeError for anything else, also for a forest that the package itself grew, whose gains mean something else
 */
export function fromPackageJson(json: PackageForest): Forest {
  const model = json.baseModel;
  const gainFunction = model?.isClassifier ? 'gini' : 'variance';
  if (!Array.isArray(model?.estimators) || model.treeOptions?.gainFunction !== gainFunction) {
    throw new RangeError('this is no forest that toPackageJson wrote');
  }
  const trees = model.estimators.map((estimator, index) => readTree(estimator.root, `tree ${index}`, model.n));
  const [{ width }] = trees;
  if (trees.some((tree) => tree.width !== width))
    throw new RangeError('the leaves of the forest differ in their classes');
  const task: Task = model.isClassifier ? { kind: 'classes', classes: width } : { kind: 'regression' };
  return Forest.of(task, model.n, trees);
}

/** Lays the nodes out breadth first, children side by side, as the grower does: the order shows in no prediction. */
function readTree(root: PackageNode, name: string, features: number): Tree & { width: number } {
  const queue = [root];
  const next: number[] = [];
  const values: number[] = [];
  let leaves = 0;
  for (const node of queue) {
    if (!Number.isInteger(node?.numberSamples)) throw new RangeError(`a node of ${name} has no numberSamples`);
    if ('distribution' in node) {
      values.push(...(Array.isArray(node.distribution) ? node.distribution[0] : [node.distribution]));
      next.push(~leaves++);
      continue;
    }
    if (!(node.splitColumn < features) || !Number.isFinite(node.splitValue) || !Number.isFinite(node.gain)) {
      throw new RangeError(`a split of ${name} lacks its column, value or gain`);
    }
    next.push(queue.length);
    queue.push(node.left, node.right);
  }
  if (!values.every(Number.isFinite)) throw new RangeError(`a leaf of ${name} is not finite`);
  const ofSplits = (read: (node: PackageSplit) => number) => queue.map((n) => ('distribution' in n ? 0 : read(n)));
  return {
    feature: Uint16Array.from(ofSplits((node) => node.splitColumn)),
    threshold: Float64Array.from(ofSplits((node) => node.splitValue)),
    next: Int32Array.from(next),
    gain: Float64Array.from(ofSplits((node) => node.gain)),
    rows: Uint32Array.from(queue, (node) => node.numberSamples),
    values: Float64Array.from(values),
    width: values.length / leaves,
  };
}
