import { fileURLToPath } from 'node:url';
import type { Python } from '#app/bench/python.ts';
import type { Context } from '#app/context.ts';
import type { BenchMarket } from './bench_market.ts';
import type { ServerTime } from './server_time.ts';

/** The Python peers. */
export const peersFolder = fileURLToPath(new URL('./peers', import.meta.url));

export interface FeatureBenchOptions {
  only?: string;
  /** Whether the peers run as well. */
  peers: boolean;
  symbols: number;
  /** Bars of each symbol that get features. */
  bars: number;
  /** Minutes that close one after the other. */
  closes: number;
}

/** What each part works with. */
export interface FeatureBench extends FeatureBenchOptions {
  db: Context['db'];
  market: BenchMarket;
  server: ServerTime;
  /** Undefined where no peers were wanted. */
  python: Python | undefined;
  /** For files that are passed on; goes with the benchmark. */
  directory: string;
  onProgress: (what: string) => void;
}
