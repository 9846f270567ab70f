import type { OutOfBag } from '#models/engine.ts';
import { mostLikely, type Task, widthOf } from '#models/task.ts';
import type { Grown } from './grower.ts';

/**
 * Sums the leaves of the rows that each tree did not draw. Trees may come in any order and are added in that of their
 * numbers, which keeps the sums the same bit for bit; the few that come early wait.
 */
export class OutOfBagSums {
  readonly #task: Task;
  readonly #sums: Float64Array;
  /** How many trees did not draw a row. */
  readonly #trees: Uint32Array;
  readonly #early = new Map<number, Grown>();
  #next = 0;

  constructor(task: Task, rows: number) {
    this.#task = task;
    this.#sums = new Float64Array(rows * widthOf(task));
    this.#trees = new Uint32Array(rows);
  }

  add(index: number, grown: Grown): void {
    this.#early.set(index, grown);
    for (let next = this.#early.get(this.#next); next; next = this.#early.get(this.#next)) {
      this.#early.delete(this.#next++);
      this.#sum(next);
    }
  }

  #sum({ tree, undrawn }: Grown): void {
    const width = widthOf(this.#task);
    const sums = this.#sums;
    const trees = this.#trees;
    const { values } = tree;
    if (!undrawn) throw new Error('a tree came without the leaves of the rows that it did not draw');
    for (let row = 0; row < trees.length; row++) {
      const leaf = undrawn[row];
      if (leaf < 0) continue;
      trees[row]++;
      for (let k = 0; k < width; k++) sums[row * width + k] += values[leaf * width + k];
    }
  }

  /** @param target what the trees were grown on */
  result(target: Float64Array): OutOfBag {
    const width = widthOf(this.#task);
    const predictions = this.#sums.map((sum, i) => sum / this.#trees[Math.floor(i / width)]);
    const covered = Uint32Array.from(this.#trees.keys()).filter((row) => this.#trees[row] > 0);
    const own = Float64Array.from({ length: covered.length * width }, (_, i) => {
      return predictions[covered[Math.floor(i / width)] * width + (i % width)];
    });
    const actual = Float64Array.from(covered, (row) => target[row]);
    return { predictions, covered: covered.length, score: scoreOf(this.#task, own, actual) };
  }
}

/** The same for `total` rows, of which it is about these; the others took no part and have NaN. */
export function spread({ predictions, ...rest }: OutOfBag, rows: Uint32Array, total: number): OutOfBag {
  const width = predictions.length / rows.length;
  const all = new Float64Array(total * width).fill(Number.NaN);
  for (const [i, row] of rows.entries()) all.set(predictions.subarray(i * width, (i + 1) * width), row * width);
  return { predictions: all, ...rest };
}

function scoreOf(task: Task, predictions: Float64Array, target: Float64Array): number {
  if (target.length === 0) return Number.NaN;
  if (task.kind === 'classes') {
    const labels = mostLikely(predictions, task.classes);
    return labels.reduce((right, label, row) => right + Number(label === target[row]), 0) / target.length;
  }
  const mean = target.reduce((sum, value) => sum + value, 0) / target.length;
  const total = target.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return 1 - predictions.reduce((sum, value, row) => sum + (value - target[row]) ** 2, 0) / total;
}
