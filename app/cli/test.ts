import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
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
      const checks = [
        await runTool('type check', 'typescript/bin/tsc', ['--noEmit', '-p', root]),
        await runTool('style check', '@biomejs/biome/bin/biome', ['check', root]),
      ];
      const report = await runVitest(filters);
      const skipped = report.testResults.flatMap((file) =>
        file.assertionResults.filter((test) => test.status === 'skipped' || test.status === 'pending'),
      );
      for (const test of skipped) process.stdout.write(`skipped: ${test.fullName}\n`);
      const passed = report.numPassedTests + checks.filter(Boolean).length;
      // A file that fails to load, or an unhandled error, fails no single test but must fail the run.
      const unloaded = report.testResults.filter(
        (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
      ).length;
      const failed = report.numFailedTests + checks.filter((ok) => !ok).length + unloaded || (report.success ? 0 : 1);
      process.stdout.write(
        `${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}\n`,
      );
      if (failed > 0) throw new UserError(`${failed} failed.`, 'The failures are shown above.');
    });
}

async function runTool(what: string, script: string, args: string[]): Promise<boolean> {
  const ok = (await run(script, args)) === 0;
  process.stdout.write(`${what}: ${ok ? 'passed' : 'FAILED'}\n`);
  return ok;
}

async function runVitest(filters: string[]): Promise<VitestReport> {
  const directory = mkdtempSync(join(tmpdir(), 'tickforest-report-'));
  try {
    const file = join(directory, 'report.json');
    await run('vitest/vitest.mjs', [
      'run',
      '--root',
      root,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
      ...filters,
    ]);
    return JSON.parse(readFileSync(file, 'utf8')) as VitestReport;
  } catch (cause) {
    throw new UserError('vitest wrote no report.', 'Its output above says why.', { cause });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function run(script: string, args: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'node_modules', script), ...args], {
      stdio: ['ignore', 'inherit', 'inherit'],
      cwd: root,
    });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
