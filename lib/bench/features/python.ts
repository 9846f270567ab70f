import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { reasonOf, UserError } from '#lib/errors.ts';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('./peers', import.meta.url));
const tools = fileURLToPath(new URL('../../../var/tools', import.meta.url));
const requirements = join(folder, 'requirements.txt');

/** An interpreter that has the packages of the peers. */
export interface Python {
  /** Runs a script of `peers` and returns what it printed as JSON. `input` is its stdin. */
  json<T>(script: string, args: readonly string[], input?: string): Promise<T>;
}

/**
 * The virtual environment of the Python peers, made under var/tools at the first use and again when the pinned versions
 * change.
 * @param root the directory that it is made in
 * @throws UserError when Python or the packages are not to be had
 */
export async function preparePython(onProgress: (what: string) => void, root = tools): Promise<Python> {
  const pinned = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 8);
  const directory = join(root, `bench-python-${pinned}`);
  if (!existsSync(directory)) await makeEnvironment(root, directory, onProgress);
  const python = join(directory, 'bin', 'python');
  return { json: (script, args, input) => runScript(python, script, args, input) };
}

/** Made beside its place and moved there when it is whole: an interrupted one is never used, and two may make it at once. */
async function makeEnvironment(root: string, directory: string, onProgress: (what: string) => void): Promise<void> {
  mkdirSync(root, { recursive: true });
  const draft = mkdtempSync(join(root, 'bench-python-draft-'));
  try {
    onProgress('peers: making a Python environment');
    await step('Python with its venv module', 'python3', ['-m', 'venv', draft]);
    onProgress('peers: installing pandas and polars');
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements];
    await step('the packages of requirements.txt', join(draft, 'bin', 'python'), pip);
    moveTo(directory, draft);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function moveTo(directory: string, draft: string): void {
  try {
    renameSync(draft, directory);
  } catch (error) {
    // Another benchmark was faster: its environment is as good.
    if (!existsSync(directory)) throw error;
  }
}

async function step(what: string, command: string, args: readonly string[]): Promise<void> {
  try {
    await run(command, args);
  } catch (cause) {
    throw new UserError(
      `The Python peers need ${what}: ${lastLine(cause)}.`,
      'Install Python 3.11 or newer, or leave the peers out with --no-peers.',
      { cause },
    );
  }
}

async function runScript<T>(python: string, script: string, args: readonly string[], input = ''): Promise<T> {
  // One thread for what pandas calls; polars has a pool of its own.
  const env = { ...process.env, OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' };
  const running = run(python, [join(folder, script), ...args], { env, cwd: folder });
  running.child.stdin!.end(input);
  try {
    return JSON.parse((await running).stdout) as T;
  } catch (cause) {
    throw new UserError(`The peer ${script} failed: ${lastLine(cause)}.`, 'Leave the peers out with --no-peers.', {
      cause,
    });
  }
}

/** A traceback ends with what went wrong. */
function lastLine(cause: unknown): string {
  const { stderr } = cause as { stderr?: string };
  return stderr?.trim().split('\n').at(-1) || reasonOf(cause);
}
