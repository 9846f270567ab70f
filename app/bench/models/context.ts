import { fileURLToPath } from 'node:url';
import type { Python } from '#app/bench/python.ts';
import type { Context } from '#app/context.ts';
import type { RecordedRows } from './recorded_rows.ts';

/** The Python peer. */
export const peersFolder = fileURLToPath(new URL('./peers', import.meta.url));

export interface ModelBenchOptions {
  /** Parts of it; unset: all. */
  only?: readonly string[];
  /** Whether scikit-learn runs as well. */
  peers: boolean;
  /** Rows that a forest is fitted on, and of the large fit. */
  rows: number;
  large: number;
  trees: number;
  /** Bars of each of ten symbols that the five models are trained on. */
  bars: number;
}

export type BenchContext = Pick<Context, 'db' | 'config' | 'queues' | 'worker'>;

/** What each part works with. */
export interface ModelBench extends ModelBenchOptions {
  context: BenchContext;
  venue: string;
  recorded: RecordedRows;
  /** Undefined where no peers were wanted. */
  python: Python | undefined;
  /** For files that are passed on; goes with the benchmark. */
  directory: string;
  onProgress: (what: string) => void;
}
