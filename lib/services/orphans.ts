import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '#lib/config.ts';
import type { Logger } from '#lib/log.ts';
import { stopProcess } from './process.ts';

/**
 * Stops servers of this data directory that nobody knows of: those of a command that was killed after it had started them
 * and before it wrote them down. A second Redis on the same files would ruin them. Only for who holds the directory's lock.
 * Where there is no /proc such a server is not found; the new one then fails to start and says why.
 */
export async function stopOrphans(config: Config, known: readonly number[], log: Logger): Promise<void> {
  if (!existsSync('/proc/self')) return;
  for (const { pid, server, mark } of orphansOf(config)) {
    if (known.includes(pid)) continue;
    log.warn({ pid, server }, 'stopping a server that a killed command has left');
    await stopProcess(pid, mark, 30_000);
  }
}

function orphansOf(config: Config): { pid: number; server: string; mark: string }[] {
  const questdb = join(config.dataDir, 'questdb');
  const redis = join(config.dataDir, 'redis');
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
    .flatMap((pid) => {
      const [command, ...words] = wordsOf(pid);
      if (command?.endsWith('java') && words.at(-1) === questdb) return [{ pid, server: 'QuestDB', mark: questdb }];
      // Redis has replaced its words by a title; it works in its directory.
      if (command?.startsWith('redis-server') && directoryOf(pid) === redis) {
        return [{ pid, server: 'Redis', mark: command.trim().split(' ')[1] ?? words[0] }];
      }
      return [];
    });
}

/** Empty for a process that has ended meanwhile, or that is not ours to look at. */
function wordsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
  } catch {
    return [];
  }
}

function directoryOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}
