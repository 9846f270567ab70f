import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Config, loadConfig } from '#lib/config.ts';
import { UserError } from '#lib/errors.ts';
import { knownServices, type Running, type Services } from '#lib/services/services.ts';
import { symbols as usual } from './market.ts';

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

/** What the roles, and the servers under them, are called. */
export type Part = 'supervisor' | 'ingest' | 'worker' | 'questdb' | 'redis';

/** History enough for the features and a small training, so that everything that `up` does goes on. */
export const historyMinutes = 1_600;

export interface PipelineOptions {
  /** Those that it follows. Default: those of the market of the faults. */
  symbols?: readonly string[];
  /** Size of a file system of its own for the data directory; undefined: it lies where temporary files do. */
  diskMib?: number;
  /** Of `up`, beside those of the exchange and of the history. */
  args?: readonly string[];
}

/** A live `up` as people run it, in a data directory of its own. */
export class Pipeline {
  static readonly #open = new Set<Pipeline>();
  readonly directory: string;
  readonly config: Config;
  readonly #env: NodeJS.ProcessEnv;
  readonly #args: string[];
  readonly #mounted: boolean;
  #up: ChildProcess | undefined;

  constructor(restUrl: string, { symbols = usual, diskMib, args = [] }: PipelineOptions = {}) {
    this.directory = mkdtempSync(join(tmpdir(), 'tickforest-faults-'));
    Pipeline.#open.add(this);
    this.#mounted = diskMib !== undefined;
    if (diskMib !== undefined) mount(this.directory, diskMib);
    this.#env = {
      ...process.env,
      TICKFOREST_DATA_DIR: this.directory,
      TICKFOREST_RECORDINGS: undefined,
      TICKFOREST_MARKET_SYMBOLS: symbols.join(),
      TICKFOREST_TRAINING_BARS: '500',
      TICKFOREST_TRAINING_FOLDS: '2',
      TICKFOREST_TRAINING_CONCURRENCY: '1',
      TICKFOREST_LOG_FORMAT: 'json',
    };
    this.config = loadConfig(this.#env);
    this.#args = ['up', '--exchange', restUrl, '--days', String(historyMinutes / 1_440), ...args];
  }

  /** Ends all that are there, for a benchmark that is cut off. */
  static async endAll(): Promise<void> {
    await Promise.all([...Pipeline.#open].map((pipeline) => pipeline.end()));
  }

  /** What a person does; also again, after the supervisor was killed. */
  start(): void {
    const log = openSync(join(this.directory, 'up.log'), 'a');
    this.#up = spawn(process.execPath, [main, ...this.#args], { env: this.#env, stdio: ['ignore', log, log] });
    closeSync(log);
  }

  /** One more worker, which no supervisor looks after; ends with the promise. */
  async secondWorker(spanMs: number): Promise<void> {
    const log = openSync(join(this.directory, 'up.log'), 'a');
    const args = [main, 'up', '--only', 'worker'];
    const worker = spawn(process.execPath, args, { env: this.#env, stdio: ['ignore', log, log] });
    closeSync(log);
    const ended = once(worker, 'exit');
    await Promise.race([sleep(spanMs), ended]);
    if (worker.exitCode !== null) throw new UserError(`A second worker ended with exit code ${worker.exitCode}.`);
    worker.kill('SIGTERM');
    await ended;
  }

  /** Where the servers are; undefined while none is. */
  services(): Pick<Services, 'questdb' | 'redis'> | undefined {
    return knownServices(this.config);
  }

  /** @throws UserError when it is not known, as when it has just died */
  pid(part: Part): number {
    const pid = part === 'supervisor' ? this.#up?.pid : this.#noted(part);
    if (pid === undefined) throw new UserError(`No ${part} is running in ${this.directory}.`);
    return pid;
  }

  /** The roles that run. */
  roles(): Part[] {
    return (['ingest', 'worker'] as const).filter((role) => this.#noted(role) !== undefined);
  }

  signal(part: Part, signal: NodeJS.Signals): void {
    process.kill(this.pid(part), signal);
  }

  /** The end of its log, for the report of a fault that it did not get over. */
  lastLines(count: number): string {
    return readFileSync(join(this.directory, 'up.log'), 'utf8').trim().split('\n').slice(-count).join('\n');
  }

  /** Stops everything that was started here and removes the directory. */
  async end(): Promise<void> {
    const up = this.#up;
    if (up && up.exitCode === null && up.signalCode === null) {
      const ended = once(up, 'exit');
      up.kill('SIGTERM');
      await Promise.race([ended, sleep(25_000)]);
    }
    for (const pid of processesOf(this.directory)) kill(pid);
    while (processesOf(this.directory).length > 0) await sleep(100);
    // A process that has ended may hold its files a moment longer.
    while (this.#mounted && spawnSync('umount', [this.directory]).status !== 0) await sleep(200);
    rmSync(this.directory, { recursive: true, force: true });
    Pipeline.#open.delete(this);
  }

  #noted(part: Exclude<Part, 'supervisor'>): number | undefined {
    const isServer = part === 'questdb' || part === 'redis';
    const file = join(this.directory, isServer ? 'services.json' : 'up.json');
    if (!existsSync(file)) return undefined;
    const noted = JSON.parse(readFileSync(file, 'utf8')) as Running & { roles: Record<string, number | undefined> };
    return isServer ? noted[part]?.pid : noted.roles[part];
  }
}

/** Whether a small file system can be had for the data directory; else why not. */
export function mountTrouble(): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'tickforest-mount-'));
  try {
    mount(directory, 1);
    spawnSync('umount', [directory]);
    return undefined;
  } catch (error) {
    return error instanceof UserError ? error.message : String(error);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function mount(directory: string, mib: number): void {
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', directory], {
    encoding: 'utf8',
  });
  if (status !== 0)
    throw new UserError(`A file system of its own cannot be mounted: ${(error?.message ?? stderr).trim()}.`);
}

/** Processes whose environment names this directory, which is nobody else's: those of this pipeline, orphans included. */
function processesOf(directory: string): number[] {
  const word = `TICKFOREST_DATA_DIR=${directory}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => environmentOf(pid).split('\0').includes(word))
    .map(Number);
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    // It has ended meanwhile, or belongs to somebody else.
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
