import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { makeTemporaryRoot, removeTemporaryRoot } from '#app/testing/temporary_root.ts';
import { UserError } from '#lib/errors.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  /** Suites that could not even be loaded count here, with no test in them. */
  numFailedTestSuites: number;
  success: boolean;
  testResults: { status: string; assertionResults: { fullName: string; status: string }[] }[];
}

export function testCommand(): Command {
  return new Command('test')
    .description('check types and style and run all tests against real servers; prints "N passed, N failed" at the end')
    .argument('[filters...]', 'run only test files whose path contains one of these')
    .action(async (filters: string[]) => {
      const { signal, release } = askedToEnd();
      const temporary = makeTemporaryRoot();
      try {
        await test(filters, temporary, signal);
      } finally {
        // Tests detach servers, and a run that is ended half-way has not come to stopping them.
        await removeTemporaryRoot(temporary);
        release();
      }
    });
}

async function test(filters: string[], temporary: string, signal: AbortSignal): Promise<void> {
  const checks = [
    await runTool('type check', 'typescript/bin/tsc', ['--noEmit', '-p', root], signal),
    await runTool('style check', '@biomejs/biome/bin/biome', ['check', root], signal),
  ];
  const report = await runVitest(filters, temporary, signal);
  const skipped = report.testResults.flatMap((file) =>
    file.assertionResults.filter((each) => each.status === 'skipped' || each.status === 'pending'),
  );
  for (const each of skipped) process.stdout.write(`skipped: ${each.fullName}\n`);
  const passed = report.numPassedTests + checks.filter(Boolean).length;
  // A file that fails to load, or an unhandled error, fails no single test but must fail the run.
  const unloaded = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((each) => each.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + checks.filter((ok) => !ok).length + unloaded || (report.success ? 0 : 1);
  process.stdout.write(
    `${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}\n`,
  );
  if (failed > 0) throw new UserError(`${failed} failed.`, 'The failures are shown above.');
}

/** Aborts with the name of the first signal that asks this process to end, and goes on: what it has started has to end first. */
function askedToEnd(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const listener = (name: NodeJS.Signals) => controller.abort(name);
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, listener);
  const release = () => {
    for (const name of names) process.removeListener(name, listener);
  };
  return { signal: controller.signal, release };
}

async function runTool(what: string, script: string, args: string[], signal: AbortSignal): Promise<boolean> {
  const ok = (await run(script, args, signal)) === 0;
  process.stdout.write(`${what}: ${ok ? 'passed' : 'FAILED'}\n`);
  return ok;
}

async function runVitest(filters: string[], temporary: string, signal: AbortSignal): Promise<VitestReport> {
  const file = join(temporary, 'report.json');
  const options = ['--root', root, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  await run('vitest/vitest.mjs', ['run', ...options, ...filters], signal);
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as VitestReport;
  } catch (cause) {
    throw new UserError('vitest wrote no report.', 'Its output above says why.', { cause });
  }
}

/** How long what was asked to end may take about it. */
const graceMs = 5_000;

/**
 * The exit code.
 * @throws UserError when the run was asked to end; the child has ended then
 */
async function run(script: string, args: string[], signal: AbortSignal): Promise<number> {
  const code = await exitCode(script, args, signal);
  if (signal.aborted)
    throw new UserError(`The tests were ended by ${signal.reason}.`, 'What they had started is stopped as well.');
  return code;
}

function exitCode(script: string, args: string[], signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'node_modules', script), ...args], {
      stdio: ['ignore', 'inherit', 'inherit'],
      cwd: root,
    });
    let patience: NodeJS.Timeout | undefined;
    const end = () => {
      child.kill(signal.reason);
      patience = setTimeout(() => child.kill('SIGKILL'), graceMs);
    };
    signal.addEventListener('abort', end, { once: true });
    child.on('error', reject);
    child.on('close', (code) => {
      signal.removeEventListener('abort', end);
      clearTimeout(patience);
      resolve(code ?? 1);
    });
  });
}
