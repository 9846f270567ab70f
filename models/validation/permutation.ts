import { setImmediate as pause } from 'node:timers/promises';
import { valuesAt } from '#lib/frame.ts';
import type { FittedModel, RowSymbols } from '#models/engine.ts';
import { createRandom, type Random } from '#models/forest/random.ts';
import { drawOnce, listDrawn } from '#models/forest/sample.ts';
import type { Loss } from '#models/losses.ts';
import { meanOf } from './metrics.ts';

/** Part of what decides a run's figures. */
export const permutationSettings = {
  /** Test rows of a fold at most; of more, as many are drawn. */
  rows: 8_192,
  /** Shuffles of each fold. For the same work, more rows tell more than more shuffles of the same ones. */
  repeats: 1,
};

/** Skill that is lost by a shuffle: mean of the folds, and their sample deviation. */
export interface SkillLost {
  mean: number;
  deviation: number;
}

/** A fold's model and its test rows. */
export interface FoldModel {
  fitted: FittedModel;
  /** In the order of `features`. */
  columns: Float64Array[];
  of: RowSymbols;
  target: Float64Array;
  baselineLosses: Float64Array;
}

export interface PermutationInput {
  loss: Loss;
  features: string[];
  /** The family of each feature that has one. */
  families: ReadonlyMap<string, string>;
  folds: FoldModel[];
  seed: number;
  settings?: typeof permutationSettings;
  signal?: AbortSignal;
}

export interface PermutationImportance {
  features: Record<string, SkillLost>;
  families: Record<string, SkillLost>;
}

/** The streams of the trees begin at 0. */
const firstStream = 2 ** 31;

/**
 * How much worse a model predicts rows that it has not seen once it no longer knows a feature: the mean rise of its loss
 * when the feature's column is shuffled among the test rows of a fold (Breiman, Machine Learning 45, 2001, section 10;
 * as a property of a given model: Fisher, Rudin and Dominici, JMLR 20, 2019), divided by the loss of the naive baseline
 * on the same rows. It is thereby a difference of skills: 0.01 is a hundredth of the baseline's loss.
 *
 * Columns that tell the same stand in for one another, and each alone then seems to carry little. The columns of a family
 * are therefore shuffled together as well, each row taking all of them from the same other row. What this cannot tell is
 * what a model that was fitted without the feature would have learnt in its place.
 */
export async function permutationImportance(input: PermutationInput): Promise<PermutationImportance> {
  const { features, families, folds, seed, settings = permutationSettings, signal } = input;
  const names = [...new Set(features.flatMap((name) => families.get(name) ?? []))];
  const single = Int32Array.from(features, (_, i) => i);
  const together = Int32Array.from(features, (name) => names.indexOf(families.get(name) ?? ''));
  const lost: { single: Float64Array; together: Float64Array }[] = [];
  for (const [index, fold] of folds.entries()) {
    const random = createRandom(seed, firstStream + index);
    const sample = sampled(fold, settings.rows, random);
    const known = meanOf(input.loss.rows(sample.fitted.predict(sample.columns, sample.of), sample.target));
    const sums = { single: new Float64Array(features.length), together: new Float64Array(names.length) };
    for (let repeat = 0; repeat < settings.repeats; repeat++) {
      // A thread that is busy for long neither renews a lock nor hears that it shall stop.
      await pause();
      signal?.throwIfAborted();
      const source = shuffled(sample.target.length, random);
      const rises = (groupOf: Int32Array, groups: number) =>
        sample.fitted
          .permuted(sample.columns, groupOf, groups, source, sample.of)
          .map((predictions) => meanOf(input.loss.rows(predictions, sample.target)) - known);
      for (const [i, rise] of rises(single, features.length).entries()) sums.single[i] += rise;
      for (const [i, rise] of rises(together, names.length).entries()) sums.together[i] += rise;
    }
    const naive = settings.repeats * meanOf(sample.baselineLosses);
    lost.push({ single: sums.single.map((sum) => sum / naive), together: sums.together.map((sum) => sum / naive) });
  }
  const over = (values: Float64Array[], of: string[]) =>
    Object.fromEntries(of.map((name, i) => [name, spread(values.map((fold) => fold[i]))]));
  return {
    features: over(
      lost.map((fold) => fold.single),
      features,
    ),
    families: over(
      lost.map((fold) => fold.together),
      names,
    ),
  };
}

/** Some of the fold's rows, every set of them equally likely; all where there are no more. */
function sampled(fold: FoldModel, most: number, random: Random): FoldModel {
  if (fold.target.length <= most) return fold;
  const counts = new Uint32Array(fold.target.length);
  drawOnce(random, counts, most);
  const rows = new Uint32Array(most);
  listDrawn(counts, rows);
  const take = (values: Float64Array) => valuesAt(values, rows);
  return {
    fitted: fold.fitted,
    columns: fold.columns.map(take),
    of: { symbols: fold.of.symbols, symbolOf: Uint16Array.from(rows, (row) => fold.of.symbolOf[row]) },
    target: take(fold.target),
    baselineLosses: take(fold.baselineLosses),
  };
}

/** The rows in a random order, each order equally likely (Fisher and Yates). */
function shuffled(rows: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: rows }, (_, row) => row);
  for (let last = rows - 1; last > 0; last--) {
    const drawn = random.below(last + 1);
    [order[last], order[drawn]] = [order[drawn], order[last]];
  }
  return order;
}

function spread(values: number[]): SkillLost {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}
