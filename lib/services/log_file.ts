import { copyFileSync, existsSync, statSync, truncateSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Size of a log from which it becomes the older one. Two of each are kept. */
const maxBytes = 20 * 1_024 * 1_024;

/**
 * Makes the logs of a directory that have grown beyond 20 MiB the older ones, `NAME.log.1`, and begins them anew. Servers
 * and roles hold their log open and append to it, so it is copied and emptied; a line written between the two is lost.
 * @throws Error where the disk has no room for the copy; the log is as it was then
 */
export async function rotateLogs(directory: string, limit = maxBytes): Promise<void> {
  if (!existsSync(directory)) return;
  for (const name of await readdir(directory)) {
    const file = join(directory, name);
    if (!name.endsWith('.log') || statSync(file).size <= limit) continue;
    copyFileSync(file, `${file}.1`);
    truncateSync(file);
  }
}
