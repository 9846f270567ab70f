import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '#lib/errors.ts';
import { beginOf } from './process.ts';

/**
 * Who uses the embedded services of a data directory: one file per use, named by its process and a number, which holds when
 * that process began. The last one to leave stops them, unless somebody asked to keep them. Files of processes that are gone
 * are removed, also where another process has their id by now.
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
    writeFileSync(join(this.#directory, use), beginOf(process.pid) ?? '');
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
    return this.used() || readdirSync(this.#directory).includes('keep');
  }

  /** True while a living process uses the services. */
  used(): boolean {
    let used = false;
    for (const name of readdirSync(this.#directory)) {
      const file = join(this.#directory, name);
      if (name === 'keep') continue;
      if (lives(Number(name.split('.')[0]), readFileSync(file, 'utf8'))) used = true;
      else rmSync(file, { force: true });
    }
    return used;
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
  writeFileSync(join(lock, String(process.pid)), beginOf(process.pid) ?? '');
  return true;
}

/**
 * Of several that see a dead owner one makes the directory inside and looks again: removing the lock instead could remove
 * that of another who was faster.
 */
function takeOver(lock: string): boolean {
  const dead = (owner: number | undefined): owner is number => owner !== undefined && !ownerLives(lock, owner);
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
    writeFileSync(join(lock, String(process.pid)), beginOf(process.pid) ?? '');
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

/** The file of an owner may not be written yet, or be gone by now: then nothing is known against it. */
function ownerLives(lock: string, owner: number): boolean {
  try {
    return lives(owner, readFileSync(join(lock, String(owner)), 'utf8'));
  } catch {
    return true;
  }
}

/** Whether the process that had this id at its time still runs. Files of earlier versions do not say when it began. */
function lives(pid: number, began: string): boolean {
  const now = beginOf(pid);
  return now !== undefined && (began === '' || now === began);
}
