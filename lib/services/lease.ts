import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '#lib/errors.ts';

/**
 * Who uses the embedded services of a data directory: one file per process, named by its id. The last one to leave stops
 * them, unless somebody asked to keep them. Files of processes that are gone count for nothing.
 */
export class Leases {
  readonly #directory: string;

  constructor(dataDir: string) {
    this.#directory = join(dataDir, 'leases');
    mkdirSync(this.#directory, { recursive: true });
  }

  take(): void {
    writeFileSync(join(this.#directory, String(process.pid)), '');
  }

  drop(): void {
    rmSync(join(this.#directory, String(process.pid)), { force: true });
  }

  /** Leave the services up when the last command ends, until `down`. */
  keep(): void {
    writeFileSync(join(this.#directory, 'keep'), '');
  }

  /** True while a living process other than this one, or the wish to keep them, holds the services. */
  held(): boolean {
    return readdirSync(this.#directory).some(
      (name) => name === 'keep' || (name !== String(process.pid) && isAlive(Number(name))),
    );
  }

  clear(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Runs `work` while no other process does, for this data directory. The lock of a process that died is taken over. */
export async function exclusively<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dataDir, { recursive: true });
  const lock = join(dataDir, 'services.lock');
  const deadline = Date.now() + 90_000;
  while (!tryLock(lock)) {
    if (Date.now() > deadline)
      throw new UserError(
        'Another command has been starting or stopping the services for 90 s.',
        `If none is running, remove ${lock}.`,
      );
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** A directory is made atomically; the owner's id is the name of a file inside. */
function tryLock(lock: string): boolean {
  try {
    mkdirSync(lock);
  } catch {
    const [owner] = ownersOf(lock);
    if (owner !== undefined && !isAlive(owner)) rmSync(lock, { recursive: true, force: true });
    return false;
  }
  writeFileSync(join(lock, String(process.pid)), '');
  return true;
}

function ownersOf(lock: string): number[] {
  try {
    return readdirSync(lock).map(Number);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
