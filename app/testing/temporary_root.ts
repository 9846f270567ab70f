import { mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * One folder below the system's temporary one for whatever a run of tests puts there: from now on it is the temporary folder
 * of this process and of all that it starts.
 */
export function makeTemporaryRoot(): string {
  const root = mkdtempSync(join(realpathSync(tmpdir()), 'tickforest-tests-'));
  process.env.TMPDIR = root;
  return root;
}

/** Ends what still runs of a run of tests, servers that tests have detached too, and removes its folder. */
export async function removeTemporaryRoot(root: string): Promise<void> {
  // Who starts a process is gone before the next look, so this ends.
  for (let left = processesOf(root); left.length > 0; left = processesOf(root)) {
    for (const pid of left) kill(pid);
    await sleep(50);
  }
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
}

/**
 * Processes that have this folder, or one below it, as their temporary folder, as their working directory or in their command
 * line, whoever their parent is by now. None where there is no /proc.
 */
export function processesOf(root: string): number[] {
  return entries('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid && belongs(pid, root));
}

function belongs(pid: number, root: string): boolean {
  // Of a process that has ended and was not reaped yet all three are empty.
  const within = (path: string) => path === root || path.startsWith(root + sep);
  return (
    text(`/proc/${pid}/environ`)
      .split('\0')
      .some((entry) => entry.startsWith('TMPDIR=') && within(entry.slice('TMPDIR='.length))) ||
    text(`/proc/${pid}/cmdline`).includes(root) ||
    // Redis has replaced its words and its environment by a title; it works in its directory.
    within(target(`/proc/${pid}/cwd`))
  );
}

/** Empty for a process that has ended meanwhile, or that is not ours to look at. */
function text(file: string): string {
  return attempt(() => readFileSync(file, 'utf8')) ?? '';
}

function target(link: string): string {
  return attempt(() => readlinkSync(link)) ?? '';
}

function entries(directory: string): string[] {
  return attempt(() => readdirSync(directory)) ?? [];
}

function kill(pid: number): void {
  attempt(() => process.kill(pid, 'SIGKILL'));
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
