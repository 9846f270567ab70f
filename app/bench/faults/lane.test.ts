import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '#lib/config.ts';
import { faults } from './catalogue.ts';
import { runLane } from './lane.ts';
import { benchFaults } from './run.ts';

const directories = () => readdirSync(tmpdir()).filter((name) => name.startsWith('tickforest-faults-'));

describe('bench faults', () => {
  it('names each fault once, in kebab-case', () => {
    const names = faults.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  it('does not run on servers of yours', async () => {
    const config = loadConfig();
    for (const service of ['questdb', 'redis'] as const) {
      const yours = { ...config, [service]: { ...config[service], host: '127.0.0.1' } };
      await expect(benchFaults(yours, undefined, () => {})).rejects.toThrow(/servers of yours/);
    }
  });

  it('plants faults under a pipeline that runs, accounts for each row, and leaves nothing behind', async () => {
    const before = directories();
    const wanted = faults.filter(({ name }) => ['huge-frame', 'kill-redis'].includes(name));
    const { outcomes, left } = await runLane(wanted, () => {}, { whole: false });
    expect(left).toEqual([]);
    expect(outcomes.map(({ name }) => name)).toEqual(['huge-frame', 'kill-redis']);
    for (const { name, delivered, stored, lost, violations } of outcomes) {
      expect(delivered, name).toBeGreaterThan(10);
      expect(stored + lost, name).toBe(delivered);
      // A fault that is mended between two looks at `status`, and harms nothing, need not be told.
      expect(violations, name).toEqual([]);
    }
    expect(directories().filter((name) => !before.includes(name))).toEqual([]);
  });
});
