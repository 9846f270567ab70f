import type { Bins } from './bins.ts';
import type { Criterion } from './criterion.ts';
import { Gini } from './gini.ts';
import type { ForestSettings } from './options.ts';
import { createRandom, type Random } from './random.ts';
import { drawOnce, drawWithReplacement, listDrawn } from './sample.ts';
import { emptyTree, type Tree, trimmed } from './tree.ts';
import { Variance } from './variance.ts';

/** What every tree of a forest grows from. Its arrays are in shared memory; threads get it as it is. */
export interface TrainingSet {
  bins: Bins;
  settings: ForestSettings;
  /** Class of each row, or the target less `centre`. */
  target: Uint8Array | Float64Array;
  centre: number;
}

/**
 * A function that grows tree number `index`. It keeps its scratch memory from tree to tree; what it returns depends on the
 * training set and the index alone.
 */
export function createGrower({ bins, settings, target, centre }: TrainingSet): (index: number) => Tree {
  const { codes, thresholds } = bins;
  const { depth, minLeaf, featuresPerSplit } = settings;
  const criterion: Criterion =
    target instanceof Uint8Array
      ? new Gini(target, settings.task.kind === 'classes' ? settings.task.classes : 0, minLeaf)
      : new Variance(target, centre, minLeaf);
  const draws = Math.max(1, Math.round(bins.rows * settings.sampleShare));
  const most = Math.min(2 ** (depth + 1) - 1, Math.max(1, 2 * Math.floor(draws / minLeaf) - 1));
  const tree = emptyTree(most, criterion.leafWidth);
  const start = new Uint32Array(most + 1);
  const end = new Uint32Array(most + 1);
  const level = new Uint8Array(most + 1);
  const rows = new Uint32Array(bins.rows);
  const spare = new Uint32Array(bins.rows);
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
    start[0] = 0;
    end[0] = listDrawn(counts, rows);
    level[0] = 0;
    let nodes = 1;
    let leaves = 0;
    for (let node = 0; node < nodes; node++) {
      criterion.open(rows, start[node], end[node], counts);
      tree.rows[node] = criterion.weight;
      tree.gain[node] = 0;
      const split = level[node] < depth && criterion.weight >= 2 * minLeaf && findSplit(random);
      if (!split) {
        criterion.leaf(tree.values, leaves * criterion.leafWidth);
        tree.next[node] = ~leaves++;
        continue;
      }
      tree.feature[node] = split.feature;
      tree.threshold[node] = thresholds[split.feature][split.cut];
      tree.gain[node] = split.gain / criterion.weight;
      tree.next[node] = nodes;
      const middle = partition(codes, split.feature * bins.rows, split.cut, rows, spare, start[node], end[node]);
      for (let side = 0; side < 2; side++) {
        start[nodes] = side === 0 ? start[node] : middle;
        end[nodes] = side === 0 ? middle : end[node];
        level[nodes++] = level[node] + 1;
      }
    }
    return trimmed(tree, nodes, leaves * criterion.leafWidth);
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

/** Puts the rows with codes ≤ cut first, both sides in their old (ascending) order, and returns where the others begin. */
function partition(
  codes: Uint8Array,
  offset: number,
  cut: number,
  rows: Uint32Array,
  spare: Uint32Array,
  start: number,
  end: number,
): number {
  let left = start;
  let right = 0;
  for (let i = start; i < end; i++) {
    const row = rows[i];
    if (codes[offset + row] <= cut) rows[left++] = row;
    else spare[right++] = row;
  }
  rows.set(spare.subarray(0, right), left);
  return left;
}
