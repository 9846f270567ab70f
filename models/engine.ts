import { UserError } from '#lib/errors.ts';
import { byRegime } from './by_regime/engine.ts';
import type { OutOfBag } from './forest/out_of_bag.ts';
import { forestEngine } from './forest_engine.ts';
import { linearEngine } from './linear/engine.ts';
import type { Packed } from './packed.ts';
import type { Task } from './task.ts';

/** Settings of an engine by name. Each engine checks its own and has a default for each. */
export type Parameters = Readonly<Record<string, number>>;

export interface FitOptions {
  /** Names of the columns, for engines that look for one of them. */
  features?: readonly string[];
  task: Task;
  parameters: Parameters;
  seed: number;
  /** Threads to fit on; 1 fits in the calling thread. The result does not depend on it. */
  workers: number;
  signal?: AbortSignal;
  /** Called after each of `total` steps, which for a forest are its trees. */
  onProgress?(done: number, total: number): void;
  /** How many rows each row stands for, 0 or more; one unless given. */
  weights?: Float64Array;
  /** The same of each class 0 … K−1; a row weighs its own weight times that of its class. */
  classWeights?: readonly number[];
  /** Whether an engine that can shall predict the training rows by what has not seen them. */
  outOfBag?: boolean;
}

/** A fitted model of whatever kind. */
export interface FittedModel {
  engine: string;
  /** @returns n numbers, or n × K row-major probabilities */
  predict(columns: Float64Array[]): Float64Array;
  /**
   * What `predict` would give if the columns of one group were taken from other rows, for each group alone. Where the model
   * does not use the group these are the same numbers, bit for bit.
   * @param groupOf group of each column, 0 … groups − 1; −1 is none
   * @param source the row that each row takes the columns of a group from
   */
  permuted(columns: Float64Array[], groupOf: Int32Array, groups: number, source: Uint32Array): Float64Array[];
  /** Share of each input column in the model's decisions; sums to 1, or is all 0 for a constant model. */
  importance: Float64Array;
  /** Only of a forest that was just fitted with `outOfBag`: it is not saved. */
  outOfBag?: OutOfBag;
  /** Plain data from which `load` of the same engine makes the same model. */
  toJSON(): unknown;
  /** The same in few flat arrays, from which `unpack` of the same engine makes the same model without a copy. */
  pack(): Packed;
}

/** A way to fit models. A new engine is one folder that exports one of these, and one line below. */
export interface Engine {
  name: string;
  fit(columns: Float64Array[], target: Float64Array, options: FitOptions): Promise<FittedModel>;
  load(json: unknown): FittedModel;
  unpack(packed: Packed): FittedModel;
}

const plain = [forestEngine, linearEngine];
const engines = [...plain, ...plain.map(byRegime)];

/** The engines that are tried unless others are named. */
export const engineNames = plain.map((engine) => engine.name);

/** @throws UserError that lists the engines there are */
export function engineNamed(name: string): Engine {
  const engine = engines.find((each) => each.name === name);
  if (!engine)
    throw new UserError(`There is no engine ${name}.`, `Choose one of ${engines.map((each) => each.name).join(', ')}.`);
  return engine;
}
