import { join } from 'node:path';
import { median } from '#app/bench/median.ts';
import type { Python } from '#app/bench/python.ts';

/** What a peer has to compute. */
export interface PeerRequest {
  /** Parquet file: ts, symbol, open, high, low, close, volume. */
  candles: string;
  /** Where the file with its features goes. */
  directory: string;
  /** Rows of each symbol in that file, the newest. */
  newest: number;
  /** Besides a first one that warms up. */
  runs: number;
}

export interface PeerRun {
  library: 'pandas' | 'polars' | 'duckdb';
  /** With version and threads, for people. */
  name: string;
  /** The run in the middle: from bars in memory to features in memory. */
  seconds: number;
  cpuSeconds: number;
  /** Parquet file with the features. */
  file: string;
}

interface Said {
  seconds: number[];
  cpu_seconds: number[];
  columns: number;
  version: string;
}

/** Computes the features of the list in pandas or polars. */
export async function runPython(python: Python, library: 'pandas' | 'polars', request: PeerRequest): Promise<PeerRun> {
  const file = join(request.directory, `${library}.parquet`);
  const options = ['--candles', request.candles, '--out', file, '--newest', String(request.newest)];
  const said = await python.json<Said>('measure.py', [library, ...options, '--runs', String(request.runs)]);
  return {
    ...{ library, file },
    name: nameOf(library, said.version),
    seconds: median(said.seconds),
    cpuSeconds: median(said.cpu_seconds),
  };
}

/** Seconds that it takes over and over for the newest bars alone, as it would after each close. */
export async function runNewest(
  python: Python,
  library: 'pandas' | 'polars',
  request: { candles: string; bars: number; runs: number },
): Promise<{ name: string; seconds: number[] }> {
  const options = ['--candles', request.candles, '--bars', String(request.bars), '--runs', String(request.runs)];
  const said = await python.json<Said>('measure.py', [library, ...options]);
  return { name: `${nameOf(library, said.version)}, ${request.bars} bars`, seconds: said.seconds };
}

function nameOf(library: 'pandas' | 'polars', version: string): string {
  return `${library} ${version}, in memory, ${library === 'pandas' ? 'one thread' : 'all threads'}`;
}
