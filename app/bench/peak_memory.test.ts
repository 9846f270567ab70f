import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** Prints the peak before and after so many MiB were filled. */
const program = `
  import { peakMib } from ${JSON.stringify(fileURLToPath(new URL('./peak_memory.ts', import.meta.url)))};
  const before = peakMib();
  const filled = new Uint8Array(Number(process.argv[1]) * 2 ** 20).fill(1);
  process.stdout.write(JSON.stringify([before, peakMib(), filled.length]));`;

it('counts what this process has filled, and not what its parent had', () => {
  const parents = new Uint8Array(400 * 2 ** 20).fill(1);
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', program, '150']).toString();
  const [before, after] = JSON.parse(printed) as number[];
  expect(parents[7]).toBe(1);
  expect(before).toBeGreaterThan(10);
  expect(before).toBeLessThan(200);
  expect(after - before).toBeGreaterThan(140);
  expect(after - before).toBeLessThan(170);
});
