import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Logger } from '#lib/log.ts';
import type { Ended } from './supervision.ts';

const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

const done = 'done';

/** Said by a role that has nothing more to do, to the supervisor if it has one. That it ends is no proof of it. */
export async function tellDone(): Promise<void> {
  if (process.connected) await new Promise((resolve) => process.send!(done, undefined, undefined, resolve));
}

/** A role that stayed up this long counts as healthy again. */
const healthyMs = 60_000;

type OnStart = (pid: number | undefined, before: Ended | undefined) => void;

/**
 * Keeps one role running as a process of its own: started again when it dies, ever later when it keeps dying (1 s to 30 s).
 */
export class SupervisedRole {
  readonly name: string;
  readonly #args: string[];
  readonly #node: string[];
  readonly #log: Logger;
  readonly #onStart: OnStart;
  #before: Ended | undefined;
  #child: ChildProcess | undefined;
  #stopping = false;
  #ended: Promise<void>;
  #pause = new AbortController();

  /**
   * @param onStart is told the process id at every start, and how the process before it ended
   * @param node options of Node itself
   */
  constructor(name: string, args: string[], log: Logger, onStart: OnStart, node: string[] = []) {
    this.name = name;
    this.#args = args;
    this.#node = node;
    this.#log = log;
    this.#onStart = onStart;
    this.#ended = this.#keepUp();
  }

  /** Asks it to end, and after the grace period makes it. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#pause.abort();
    const child = this.#child;
    child?.kill('SIGTERM');
    const timer = setTimeout(() => {
      this.#log.error({ role: this.name }, 'role did not end in time; killed');
      child?.kill('SIGKILL');
    }, graceMs);
    await this.#ended;
    clearTimeout(timer);
  }

  async #keepUp(): Promise<void> {
    for (let failures = 0; !this.#stopping; ) {
      const started = Date.now();
      const cause = await this.#runOnce();
      if (this.#stopping) return;
      if (cause === done) {
        // The end of a recording, say: there is nothing more to do.
        this.#log.info({ role: this.name }, 'role has done its work');
        return;
      }
      this.#before = { at: new Date().toISOString(), cause };
      failures = Date.now() - started > healthyMs ? 1 : failures + 1;
      const wait = Math.min(30_000, 1_000 * 2 ** (failures - 1));
      this.#log.error({ role: this.name, cause, wait }, 'role ended; starting it again');
      await sleep(wait, undefined, { signal: this.#pause.signal }).catch(() => {});
    }
  }

  #runOnce(): Promise<string> {
    return new Promise((resolve) => {
      const child = spawn(process.execPath, [...this.#node, main, 'up', '--only', this.name, ...this.#args], {
        // It carries one word, see `tellDone`. A role that finds it closed knows that its supervisor is gone, and ends too.
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      this.#child = child;
      child.on('error', (error) => resolve(error.message));
      let said: unknown;
      child.on('message', (message) => {
        said = message;
      });
      child.on('close', (code, signal) => resolve(said === done ? done : (signal ?? `exit code ${code}`)));
      this.#onStart(child.pid, this.#before);
    });
  }
}
