import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '#lib/errors.ts';

/**
 * Who uses the embedded services of a data directory: one file per use, named by its process and a number. The last one
 * to leave stops them, unless somebody asked to keep them. Files of processes that are gone count for nothing.
 */
export class ServiceUses {
  readonly #directory: string;

  constructor(dataDir: string) {
    this.#directory = join(dataDir, 'uses');
    mkdirSync(this.#directory, { recursive: true });
  }

  /** @returns the name of the use, to drop it by */
  take(): string {
    const use = `${process.pid}.${randomUUID()}`;
    writeFileSync(join(this.#directory, use), '');
    return use;
  }

  drop(use: string): void {
    rmSync(join(this.#directory, use), { force: true });
  }

  /** Leave the services up when the last command ends, until `down`. */
  keep(): void {
    writeFileSync(join(this.#directory, 'keep'), '');
  }

  /** True while a living process, or the wish to keep them, holds the services. */
  held(): boolean {
    return readdirSync(this.#directory).some((name) => name === 'keep' || isAlive(Number(name.split('.')[0])));
  }

  /** The directory stays: others may be about to leave. */
  clear(): void {
    for (const name of readdirSync(this.#directory)) rmSync(join(this.#directory, name), { force: true });
  }
}

/** Runs `work` while no other process does, for this data directory. The lock of a process that died is taken over. */
export async function exclusively<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dataDir, { recursive: true });
  const lock = join(dataDir, 'services.lock');
  const deadline = Date.now() + 300_000;
  while (!tryLock(lock)) {
    if (Date.now() > deadline)
      throw new UserError(
        'Another command has been starting or stopping the services for 300 s.',
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
    return takeOver(lock);
  }
  writeFileSync(join(lock, String(process.pid)), '');
  return true;
}

/**
 * Of several that see a dead owner one makes the directory inside and looks again: removing the lock instead could remove
 * that of another who was faster.
 */
function takeOver(lock: string): boolean {
  const dead = (owner: number | undefined): owner is number => owner !== undefined && !isAlive(owner);
  if (!dead(ownersOf(lock)[0])) return false;
  const claim = join(lock, 'claim');
  try {
    mkdirSync(claim);
  } catch {
    return false;
  }
  const [owner] = ownersOf(lock);
  const mine = dead(owner);
  if (mine) {
    writeFileSync(join(lock, String(process.pid)), '');
    rmSync(join(lock, String(owner)), { force: true });
  }
  rmdirSync(claim);
  return mine;
}

function ownersOf(lock: string): number[] {
  try {
    return readdirSync(lock)
      .filter((name) => name !== 'claim')
      .map(Number);
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
