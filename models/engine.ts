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
  /** When the rows are, for what is chosen on later ones of them than it is fitted on. */
  time?: RowTimes;
  /** Whose the rows are, for engines that fit something of each symbol's own. */
  of?: RowSymbols;
  /** A model that was fitted on the same rows and columns before, for engines that are made of others. */
  known?(engine: string, parameters: Parameters): FittedModel | undefined;
  /** Whether an engine that can shall predict the training rows by what has not seen them. */
  outOfBag?: boolean;
}

/** The symbol of each row, as a frame has them. */
export interface RowSymbols {
  symbols: readonly string[];
  /** Index of each row's symbol in `symbols`. */
  symbolOf: Uint16Array;
}

/** Bar-open times of the rows, ascending, microseconds, and how long a label looks ahead. */
export interface RowTimes {
  ts: Float64Array;
  horizon: number;
  barMicros: number;
}

/**
 * What a forest says of the rows that it was grown on, each by the trees alone that did not draw it (Breiman, 2001,
 * section 3.1). Rows near in time are much alike, and their labels overlap: on bars this flatters, and a walk-forward
 * validation is the figure to trust.
 */
export interface OutOfBag {
  /** Soft averages, as `predict` gives them, of every row; NaN of a row that every tree drew. */
  predictions: Float64Array;
  /** Rows that some tree did not draw. */
  covered: number;
  /** Over those rows: R² of a regression, the share of rows whose most probable class came; NaN where there are none. */
  score: number;
}

/** A fitted model of whatever kind. */
export interface FittedModel {
  engine: string;
  /**
   * @param of whose the rows are; without it, what is of a symbol's own is that of all symbols
   * @returns n numbers, n × K row-major probabilities, or n × (K + 1) quantiles with the point forecast last
   */
  predict(columns: Float64Array[], of?: RowSymbols): Float64Array;
  /**
   * What `predict` would give if the columns of one group were taken from other rows, for each group alone. Where the model
   * does not use the group these are the same numbers, bit for bit.
   * @param groupOf group of each column, 0 … groups − 1; −1 is none
   * @param source the row that each row takes the columns of a group from
   * @param of as of `predict`; a row stays with its symbol
   */
  permuted(
    columns: Float64Array[],
    groupOf: Int32Array,
    groups: number,
    source: Uint32Array,
    of?: RowSymbols,
  ): Float64Array[];
  /** Share of each input column in the model's decisions; sums to 1, or is all 0 for a constant model. */
  importance: Float64Array;
  /** Only of a forest that was just fitted with `outOfBag`: it is not saved. */
  outOfBag?: OutOfBag;
  /** Plain data from which `load` of the same engine makes the same model. */
  toJSON(): unknown;
  /** The same in few flat arrays, from which `unpack` of the same engine makes the same model without a copy. */
  pack(): Packed;
}

/** A way to fit models. A new engine is one folder that exports one of these, and a line in `engines.ts`. */
export interface Engine {
  name: string;
  fit(columns: Float64Array[], target: Float64Array, options: FitOptions): Promise<FittedModel>;
  load(json: unknown): FittedModel;
  unpack(packed: Packed): FittedModel;
}
