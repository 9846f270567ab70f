import type { Bins } from './bins.ts';
import type { Criterion } from './criterion.ts';
import { Gini } from './gini.ts';
import type { ForestSettings } from './options.ts';
import { createRandom, type Random } from './random.ts';
import { RowsByNode } from './rows_by_node.ts';
import { drawOnce, drawWithReplacement, listDrawn, listUndrawn } from './sample.ts';
import { emptyTree, type Tree, trimmed } from './tree.ts';
import { Variance } from './variance.ts';

/** What every tree of a forest grows from. Its arrays are in shared memory; threads get it as it is. */
export interface TrainingSet {
  bins: Bins;
  settings: ForestSettings;
  /** Class of each row, or the target less `centre`. */
  target: Uint8Array | Float64Array;
  centre: number;
  /** How many rows each row stands for, above 0; one where there are none. */
  weights: Float64Array | undefined;
}

export interface Grown {
  tree: Tree;
  /** The leaf that each row falls into which the tree did not draw, −1 for the others; where that is wanted. */
  undrawn: Int32Array | undefined;
}

/**
 * A function that grows tree number `index`. It keeps its scratch memory from tree to tree; what it returns depends on the
 * training set and the index alone.
 */
export function createGrower({ bins, settings, target, centre, weights }: TrainingSet): (index: number) => Grown {
  const { codes, thresholds } = bins;
  const { depth, minLeaf, featuresPerSplit } = settings;
  const criterion: Criterion =
    target instanceof Uint8Array
      ? new Gini(target, settings.task.kind === 'classes' ? settings.task.classes : 0, minLeaf, weights)
      : new Variance(target, centre, minLeaf, weights);
  const draws = Math.max(1, Math.round(bins.rows * settings.sampleShare));
  // With weights a leaf may be a single row, whatever it weighs.
  const mostLeaves = Math.max(1, Math.floor(draws / (weights ? 1 : minLeaf)));
  const most = Math.min(2 ** (depth + 1) - 1, 2 * mostLeaves - 1);
  const tree = emptyTree(most, criterion.leafWidth);
  const level = new Uint8Array(most + 1);
  const drawn = new RowsByNode(bins.rows, most + 1);
  const undrawn = settings.outOfBag ? new RowsByNode(bins.rows, most + 1) : undefined;
  const counts = new Uint32Array(bins.rows);
  // A column of one value has nothing to cut and would only waste draws.
  const useful = Uint16Array.from(thresholds.keys()).filter((feature) => thresholds[feature].length > 0);
  const sampled = Math.min(featuresPerSplit, useful.length);
  const order = useful.slice();

  return (index) => {
    const random = createRandom(settings.seed, index + 1);
    if (settings.bootstrap) drawWithReplacement(random, counts, draws);
    else drawOnce(random, counts, draws);
    order.set(useful);
    drawn.begin(listDrawn(counts, drawn.rows));
    undrawn?.begin(listUndrawn(counts, undrawn.rows));
    level[0] = 0;
    let nodes = 1;
    let leaves = 0;
    for (let node = 0; node < nodes; node++) {
      criterion.open(drawn.rows, drawn.start[node], drawn.end[node], counts);
      tree.rows[node] = criterion.count;
      tree.gain[node] = 0;
      const split = level[node] < depth && criterion.weight >= 2 * minLeaf && findSplit(random);
      if (!split) {
        criterion.leaf(tree.values, leaves * criterion.leafWidth);
        tree.next[node] = ~leaves++;
        continue;
      }
      tree.feature[node] = split.feature;
      tree.threshold[node] = thresholds[split.feature][split.cut];
      tree.gain[node] = split.gain / criterion.count;
      tree.next[node] = nodes;
      drawn.part(node, nodes, codes, split.feature * bins.rows, split.cut);
      undrawn?.part(node, nodes, codes, split.feature * bins.rows, split.cut);
      level[nodes++] = level[node] + 1;
      level[nodes++] = level[node] + 1;
    }
    const grown = trimmed(tree, nodes, leaves * criterion.leafWidth);
    return { tree: grown, undrawn: undrawn && leavesOf(grown, undrawn, bins.rows) };
  };

  /** The best cut among features drawn for this node; while none of them can be cut at all, more are drawn. */
  function findSplit(random: Random): { feature: number; cut: number; gain: number } | undefined {
    let best: { feature: number; cut: number; gain: number } | undefined;
    let least = criterion.leastGain;
    for (let i = 0; i < order.length && (i < sampled || !best); i++) {
      if (sampled < order.length) {
        const pick = i + random.below(order.length - i);
        const feature = order[pick];
        order[pick] = order[i];
        order[i] = feature;
      }
      const gain = criterion.bestCut(codes, order[i] * bins.rows, thresholds[order[i]].length + 1);
      if (gain <= least) continue;
      least = gain;
      best = { feature: order[i], cut: criterion.cut, gain };
    }
    return best;
  }
}

/** The leaf of each of these rows, −1 for all others. */
function leavesOf({ next }: Tree, { rows, start, end }: RowsByNode, count: number): Int32Array {
  const leaves = new Int32Array(count).fill(-1);
  for (let node = 0; node < next.length; node++) {
    if (next[node] < 0) for (let i = start[node]; i < end[node]; i++) leaves[rows[i]] = ~next[node];
  }
  return leaves;
}
