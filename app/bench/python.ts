import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { reasonOf, UserError } from '#lib/errors.ts';

const run = promisify(execFile);
const tools = fileURLToPath(new URL('../../var/tools', import.meta.url));

/** An interpreter that has the packages of a benchmark's peers. */
export interface Python {
  /** Runs a script of their folder and returns what it printed as JSON. `input` is its stdin. */
  json<T>(script: string, args: readonly string[], input?: string): Promise<T>;
}

/**
 * The virtual environment of a benchmark's Python peers, made under var/tools at the first use and again when the pinned
 * versions change.
 * @param folder holds the scripts of the peers and the requirements.txt that pins their packages
 * @param root the directory that the environment is made in
 * @throws UserError when Python or the packages are not to be had
 */
export async function preparePython(folder: string, onProgress: (what: string) => void, root = tools): Promise<Python> {
  const requirements = join(folder, 'requirements.txt');
  const pinned = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 8);
  const directory = join(root, `bench-python-${pinned}`);
  if (!existsSync(directory)) await makeEnvironment(requirements, root, directory, onProgress);
  const python = join(directory, 'bin', 'python');
  return { json: (script, args, input) => runScript(python, folder, script, args, input) };
}

/** Made beside its place and moved there when it is whole: an interrupted one is never used, and two may make it at once. */
async function makeEnvironment(
  requirements: string,
  root: string,
  directory: string,
  onProgress: (what: string) => void,
): Promise<void> {
  mkdirSync(root, { recursive: true });
  const draft = mkdtempSync(join(root, 'bench-python-draft-'));
  try {
    onProgress('peers: making a Python environment');
    await step('Python with its venv module', 'python3', ['-m', 'venv', draft]);
    onProgress(`peers: installing ${packagesOf(requirements)}`);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements];
    await step('the packages of requirements.txt', join(draft, 'bin', 'python'), pip);
    moveTo(directory, draft);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** `numpy, pandas …`: what is pinned, without the versions. */
function packagesOf(requirements: string): string {
  return [...readFileSync(requirements, 'utf8').matchAll(/^([\w-]+)==/gm)].map(([, name]) => name).join(', ');
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

async function runScript<T>(
  python: string,
  folder: string,
  script: string,
  args: readonly string[],
  input = '',
): Promise<T> {
  // One thread for what they call; who has a pool of threads of its own says so beside the figure.
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
