import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '#lib/errors.ts';

/** A server that was started here, and where its output goes. */
export type StartedProcess = ChildProcess & { logFile: string };

/**
 * Starts a server with its output in a log file. It is in a process group of its own: Ctrl-C here does not reach it.
 * @param env variables that it has besides ours
 */
export function startProcess(
  command: string,
  args: string[],
  logFile: string,
  env: Readonly<Record<string, string>> = {},
): StartedProcess {
  mkdirSync(dirname(logFile), { recursive: true });
  const out = openSync(logFile, 'a');
  const child = spawn(command, args, { detached: true, stdio: ['ignore', out, out], env: { ...process.env, ...env } });
  closeSync(out);
  child.unref();
  // A command that cannot be run leaves `pid` undefined, which waitUntilItAnswers reports.
  child.on('error', () => {});
  return Object.assign(child, { logFile });
}

/**
 * Waits until `answers` is true.
 * @throws UserError with the end of the server's log when the process ends or the time is over; it does not stay behind
 */
export async function waitUntilItAnswers(
  name: string,
  child: StartedProcess,
  answers: () => Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await answers())) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null)
      throw new UserError(`${name} ended while starting: ${lastLines(child.logFile)}`, `Its log is ${child.logFile}.`);
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new UserError(`${name} did not answer within ${timeoutMs / 1000} s.`, `Its log is ${child.logFile}.`);
    }
    await sleep(50);
  }
}

/**
 * Whether a process with this id runs and `mark` is a word of its command line: ids are reused, so an id alone proves
 * nothing.
 */
export function isOurs(pid: number, mark: string): boolean {
  return signal(pid, 0) && ` ${commandLine(pid)} `.includes(` ${mark} `);
}

/**
 * What tells a process from a later one with the same id: when it began, in whatever form the system says it. Undefined
 * where there is no such process.
 */
export function beginOf(pid: number): string | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  if (!existsSync('/proc/self'))
    return spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() || undefined;
  try {
    // The name, in brackets, may hold anything; the 22nd field is the 20th behind it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Asks a process to end, and after the grace period makes it. */
export async function stopProcess(pid: number, mark: string, graceMs: number): Promise<void> {
  if (!isOurs(pid, mark)) return;
  signal(pid, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (isOurs(pid, mark)) {
    if (Date.now() > deadline) signal(pid, 'SIGKILL');
    await sleep(50);
  }
}

/** False where there is no such process, or none that is ours to signal. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Empty for a process that is gone, or has ended and was not yet reaped. */
function commandLine(pid: number): string {
  if (!existsSync('/proc/self'))
    return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trim().split('\n').slice(-3).join(' | ');
}
