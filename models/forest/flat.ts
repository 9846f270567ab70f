import type { Packed } from '#models/packed.ts';
import type { Task } from '#models/task.ts';
import { Forest } from './ensemble.ts';

const format = 'tickforest-forest-1';

interface Header {
  format: typeof format;
  task: Task;
  /** Columns that it was fitted on. */
  columns: number;
}

/** The forest as the flat arrays that it consists of. */
export function packForest({ task, features, roots, nodes }: Forest): Packed {
  const header: Header = { format, task, columns: features };
  const { feature, threshold, next, gain, rows, values } = nodes;
  return { header, arrays: { roots, feature, threshold, next, gain, rows, values } };
}

/**
 * The forest that `packForest` laid out, on the same memory: nothing is copied.
 * @throws RangeError when a tree would lead out of the forest, or round in a circle
 */
export function unpackForest({ header, arrays }: Packed): Forest {
  const { format: found, task, columns } = header as Header;
  if (found !== format) throw new RangeError(`not a forest: its format is ${String(found)}`);
  const { roots, feature, threshold, next, gain, rows, values } = arrays;
  const complete =
    roots instanceof Int32Array &&
    feature instanceof Uint16Array &&
    threshold instanceof Float64Array &&
    next instanceof Int32Array &&
    gain instanceof Float64Array &&
    rows instanceof Uint32Array &&
    values instanceof Float64Array;
  if (!complete) throw new RangeError('the forest lacks one of its arrays');
  const forest = new Forest(task, columns, roots, { feature, threshold, next, gain, rows, values });
  checkNodes(forest);
  return forest;
}

/** Trees lie one after the other, and children behind their parent: so each way ends, in a leaf of its own tree. */
function checkNodes({ roots, nodes, features, width }: Forest): void {
  const { feature, threshold, next, gain, rows, values } = nodes;
  const count = next.length;
  if ([feature, threshold, gain, rows].some(({ length }) => length !== count))
    throw new RangeError('the arrays of the forest differ in their length');
  const leaves = values.length / width;
  for (let tree = 0; tree < roots.length; tree++) {
    const end = roots[tree + 1] ?? count;
    if (roots[0] !== 0 || roots[tree] >= end) throw new RangeError(`tree ${tree} of the forest has no root`);
    for (let node = roots[tree]; node < end; node++) {
      const below = next[node];
      const sound =
        below < 0
          ? ~below < leaves
          : below > node && below + 1 < end && feature[node] < features && Number.isFinite(threshold[node]);
      if (!sound) throw new RangeError(`node ${node} of the forest leads nowhere`);
    }
  }
}
