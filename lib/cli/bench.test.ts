import { describe, expect, it } from 'vitest';
import { figure } from '#lib/bench/report.ts';
import { runCli } from '#lib/testing/cli.ts';

describe('bench', { timeout: 120_000 }, () => {
  it('names the parts that there are when asked for another one', async () => {
    const { code, stderr } = await runCli(['bench', 'ingest', '--only', 'nothing']);
    expect(code).toBe(1);
    expect(stderr).toContain('bench ingest has no part nothing. Its parts are live, imports, candles.');
  });

  it('gives a ratio above 1 where we are better, whichever way better is, and none beside nothing', () => {
    const peer = (value: number) => ({ name: 'peer', value });
    expect(figure('a', 20, 'rows/s', 'more', peer(10)).ratio).toBe(2);
    expect(figure('b', 5, 's', 'less', peer(10)).ratio).toBe(2);
    expect(figure('c', 0, 'ticks', 'less', peer(0)).ratio).toBeNull();
    expect(figure('d', 5, 's', 'less')).toMatchObject({ peer: null, peer_value: null, ratio: null });
  });
});
