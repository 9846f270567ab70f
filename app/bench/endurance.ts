import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { UserError } from '#lib/errors.ts';
import type { Running } from '#lib/services/services.ts';
import { startLoad } from './ingest/loaded_exchange.ts';
import { median } from './median.ts';
import { rssMib } from './peak_memory.ts';
import { type Figure, figure } from './report.ts';

export interface EnduranceOptions {
  /** What `up` subscribes to by its configuration, and what the load is spread over. */
  symbols: readonly string[];
  /** Frames per second. */
  rate: number;
  minutes: number;
  /** Ends it before its time, with all that it has started. */
  signal: AbortSignal;
  onProgress: (what: string) => void;
}

const parts = ['supervisor', 'ingest', 'worker', 'questdb', 'redis'] as const;
type Part = (typeof parts)[number];

/** Mebibytes of each process that are no pages of files, and when. */
export interface MemorySample<P extends string> {
  minute: number;
  rss: Record<P, number>;
}

export interface Endured {
  results: Figure[];
  /** Every ten seconds. */
  memory: MemorySample<Part>[];
  /** Files that should not be there after `down`. */
  left: string[];
}

const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
const sampleMs = 10_000;
/** History enough for the features and a small training, so that everything that `up` does goes on. */
const historyMinutes = 1_600;

/** `up` under a steady load, in directories of its own, then `down`. */
export async function benchEndurance({
  symbols,
  rate,
  minutes,
  signal,
  onProgress,
}: EnduranceOptions): Promise<Endured> {
  const directory = mkdtempSync(join(tmpdir(), 'tickforest-endurance-'));
  const [dataDir, temporary] = [join(directory, 'data'), join(directory, 'tmp')];
  mkdirSync(temporary);
  const load = { symbols, framesPerSecond: rate, seconds: minutes * 60, historyMinutes };
  const exchange = await startLoad({ ...load, staysOpen: true });
  const training = { TICKFOREST_TRAINING_BARS: '500', TICKFOREST_TRAINING_FOLDS: '2' };
  const places = { TICKFOREST_DATA_DIR: dataDir, TMPDIR: temporary };
  const env = { ...process.env, ...places, ...training, TICKFOREST_LOG_LEVEL: 'warn' };
  const days = String(historyMinutes / 1_440);
  const args = ['up', '--exchange', exchange.restUrl, '--days', days, '--allow-simulated'];
  const up = spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(up, 'exit');
  let stopping: Promise<unknown> | undefined;
  const down = async () => {
    up.kill('SIGTERM');
    await ended;
    await once(spawn(process.execPath, [main, 'down'], { env, stdio: ['ignore', 'ignore', 'inherit'] }), 'exit');
  };
  const stop = () => (stopping ??= down());
  try {
    await rolesOf(dataDir, up);
    exchange.play();
    const memory = await sample(dataDir, up, { minutes, signal, onProgress });
    await stop();
    const left = leftIn(dataDir, temporary);
    const grown = parts.map((part) => figure(`${part}_growth_mib`, growth(memory, part), 'MiB', 'less'));
    return { results: [...grown, figure('files_left', left.length, 'files', 'less')], memory, left };
  } finally {
    await stop();
    exchange.end();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function sample(
  dataDir: string,
  up: ChildProcess,
  { minutes, signal, onProgress }: Pick<EnduranceOptions, 'minutes' | 'signal' | 'onProgress'>,
) {
  const memory: Endured['memory'] = [];
  const begun = Date.now();
  for (let n = 0; n * sampleMs < minutes * 60_000; n++) {
    await sleep(Math.max(0, begun + n * sampleMs - Date.now()), undefined, { signal }).catch(() => {});
    signal.throwIfAborted();
    const pids = await rolesOf(dataDir, up);
    const rss = Object.fromEntries(parts.map((part) => [part, rssMib(pids[part], 'RssAnon') ?? Number.NaN]));
    memory.push({ minute: (n * sampleMs) / 60_000, rss: rss as Record<Part, number> });
    if (n % 6 === 0)
      onProgress(`${n / 6} min: ${parts.map((part) => `${part} ${Math.round(rss[part])}`).join(', ')} MiB`);
  }
  return memory;
}

/**
 * MiB that a process keeps more in the last third of the time than in the third before: the median of each minute's least, of
 * the one less that of the other. What lies above a minute's least is garbage that was not collected yet, and the median leaves
 * out minutes in which memory was given back for a while or a burst took more. NaN where a figure is lacking.
 */
export function growth<P extends string>(memory: readonly MemorySample<P>[], part: P): number {
  const third = Math.floor(memory.length / 3);
  const keeps = (samples: readonly MemorySample<P>[]) => {
    const minutes = Map.groupBy(samples, ({ minute }) => Math.floor(minute));
    const least = [...minutes.values()].map((each) => Math.min(...each.map(({ rss }) => rss[part])));
    return least.some(Number.isNaN) ? Number.NaN : median(least);
  };
  return keeps(memory.slice(2 * third)) - keeps(memory.slice(third, 2 * third));
}

/** Waits until all run. */
async function rolesOf(dataDir: string, up: ChildProcess): Promise<Record<Part, number>> {
  for (let waited = 0; waited < 180_000; waited += 500) {
    if (up.exitCode !== null) throw new UserError(`up ended with exit code ${up.exitCode}.`, 'Its log is above.');
    const { roles } = noted<{ roles?: { ingest?: number; worker?: number } }>(join(dataDir, 'up.json'));
    const { questdb, redis } = noted<Running>(join(dataDir, 'services.json'));
    if (roles?.ingest && roles.worker && questdb && redis)
      return {
        ...{ supervisor: up.pid!, questdb: questdb.pid, redis: redis.pid },
        ...(roles as Record<'ingest' | 'worker', number>),
      };
    await sleep(500);
  }
  throw new UserError('up did not start within three minutes.', 'Its log is above.');
}

function noted<T extends object>(file: string): Partial<T> {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : {};
}

/** What a data directory is for, and what its servers keep. */
const kept = /^(questdb|redis|logs|artifacts|frames)\/|^(credentials|market)\.json$/;

function leftIn(dataDir: string, temporary: string): string[] {
  const files = (directory: string) =>
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
  return [...files(dataDir).filter((file) => !kept.test(file)), ...readdirSync(temporary).map((name) => `tmp/${name}`)];
}
