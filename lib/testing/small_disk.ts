import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of a few MiB, of a test's own, that can be filled. */
export class SmallDisk {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Undefined where this user may not mount one. */
  static mount(mib: number): SmallDisk | undefined {
    const path = mkdtempSync(join(tmpdir(), 'tickforest-disk-'));
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', path]).status === 0)
      return new SmallDisk(path);
    rmdirSync(path);
    return undefined;
  }

  /** Takes all the room that is left. */
  fill(): void {
    const block = Buffer.alloc(65_536);
    const file = openSync(this.#filler, 'a');
    try {
      for (let size = block.length; size > 0; ) {
        try {
          writeSync(file, block, 0, size);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
          size = Math.floor(size / 2);
        }
      }
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(this.#filler, { force: true });
  }

  /** Whoever still has a file open on it keeps it until then. */
  unmount(): void {
    spawnSync('umount', ['--lazy', this.path]);
    rmdirSync(this.path);
  }

  get #filler(): string {
    return join(this.path, 'filler');
  }
}
