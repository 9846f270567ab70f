import { describe, expect, it } from 'vitest';
import { type BenchReport, figure } from '#app/bench/report.ts';
import type { EnduranceReport } from '#app/cli/bench/endurance.ts';
import { runCli } from '#app/testing/cli.ts';
import { families } from '#features/catalogue.ts';
import { loadConfig } from '#lib/config.ts';

const { recordings } = loadConfig();

describe('bench', () => {
  it('names the parts that there are when asked for another one', async () => {
    const { code, stderr } = await runCli(['bench', 'ingest', '--only', 'nothing']);
    expect(code).toBe(1);
    expect(stderr).toContain('bench ingest has no part nothing. Its parts are live, imports, candles.');
  });

  it('says so for the features too, and what a count has to be', async () => {
    const part = await runCli(['bench', 'features', '--only', 'nothing']);
    expect(part.code).toBe(1);
    expect(part.stderr).toContain(
      'bench features has no part nothing. Its parts are fill, frame, close, families, older.',
    );
    const older = await runCli(['bench', 'features', '--only', 'older', '--no-peers']);
    expect(older.stderr).toContain('The part older is a comparison with a peer. Leave --no-peers out.');
    const bars = await runCli(['bench', 'features', '--bars', '0']);
    expect(bars.code).toBe(1);
    expect(bars.stderr).toContain('Give a whole number of 1 or more.');
  });

  it('says so for the models too, and when there is nothing recorded', async () => {
    const part = await runCli(['bench', 'models', '--only', 'nothing']);
    expect(part.code).toBe(1);
    expect(part.stderr).toContain(
      'bench models has no part nothing. Its parts are train, fit, large, predict, scores, package.',
    );
    const none = await runCli(['bench', 'models', '--no-peers'], { TICKFOREST_RECORDINGS: undefined });
    expect(none.code).toBe(1);
    expect(none.stderr).toContain('There are no recorded candles');
  });

  it('lists the faults and plants none, and names them when asked for another one', async () => {
    const list = await runCli(['bench', 'faults', '--list', '--json']);
    expect(list.code, list.stderr).toBe(0);
    const names = (JSON.parse(list.stdout) as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['kill-ingest', 'disk-full', 'spool-removed', 'redis-emptied']));
    const other = await runCli(['bench', 'faults', '--only', 'kill-ingest,nothing']);
    expect(other.code).toBe(1);
    expect(other.stderr).toContain('bench faults has no fault nothing. Its faults are none, duplicates,');
  });

  it('runs the pipeline under a load, and fails where it grows or leaves something', async () => {
    const size = ['--minutes', '0.35', '--rate', '50', '--json'];
    const { code, stdout, stderr } = await runCli(['bench', 'endurance', ...size], {
      TICKFOREST_MARKET_SYMBOLS: 'BTC-USDT,ETH-USDT',
    });
    const report = JSON.parse(stdout) as EnduranceReport;
    expect(report.memory.length, stderr).toBe(3);
    // A process that has just been started may have next to nothing yet; of one that is gone there is no figure.
    expect(report.memory.flatMap(({ rss }) => Object.values(rss)).every((mib) => typeof mib === 'number')).toBe(true);
    expect(report.left).toEqual([]);
    // In its first minute a process grows.
    const over = report.results.some(({ name, value }) => name.endsWith('_growth_mib') && value > 5);
    expect(code).toBe(over ? 1 : 0);
    expect((await runCli(['bench', 'endurance', '--minutes', '0'])).code).toBe(1);
  });

  it.skipIf(recordings === undefined)('prints the figures of the models as one JSON document', async () => {
    const size = ['--rows', '1600', '--trees', '4'];
    const { code, stdout, stderr } = await runCli([
      'bench',
      'models',
      '--only',
      'fit',
      '--no-peers',
      '--json',
      ...size,
    ]);
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout) as BenchReport;
    expect(report.bench).toBe('models');
    const names = ['forest_fit_2_workers_s', 'forest_fit_1_worker_s', 'forest_rss_mib'];
    expect(report.results.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    for (const { value, peer } of report.results) {
      expect(value).toBeGreaterThan(0);
      expect(peer).toBeNull();
    }
  });

  it.skipIf(recordings === undefined)('prints the figures of the features as one JSON document', async () => {
    const size = ['--symbols', '2', '--bars', '20', '--closes', '3'];
    const { code, stdout, stderr } = await runCli(['bench', 'features', '--no-peers', '--json', ...size]);
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout) as BenchReport;
    expect(report.bench).toBe('features');
    const names = report.results.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['fill_s', 'fill_all_s', 'frame_s', 'close_p99_ms']));
    for (const { name } of families()) expect(names).toContain(`fill_${name}_ms`);
    expect(new Set(names).size).toBe(names.length);
    for (const { value, peer } of report.results) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(peer).toBeNull();
    }
    expect(report.results.find(({ name }) => name === 'fill_s')!.value).toBeGreaterThan(0);
  });

  it.skipIf(recordings === undefined)('measures markets of several sizes side by side', async () => {
    const size = ['--symbols', '2,4', '--bars', '20', '--closes', '3', '--only', 'close'];
    const { code, stdout, stderr } = await runCli(['bench', 'features', '--no-peers', '--json', ...size]);
    expect(code, stderr).toBe(0);
    const { results } = JSON.parse(stdout) as BenchReport;
    const [two, four, growth] = ['2_symbols', '4_symbols', '4_symbols_growth'].map(
      (end) => results.find(({ name }) => name === `close_p50_ms_${end}`)!.value,
    );
    expect(growth).toBeCloseTo(four / 4 / (two / 2), 9);
    const wrong = await runCli(['bench', 'features', '--symbols', '36,none']);
    expect(wrong.stderr).toContain('Give a whole number of 1 or more.');
  });

  it('gives a ratio above 1 where we are better, whichever way better is, and none beside nothing', () => {
    const peer = (value: number) => ({ name: 'peer', value });
    expect(figure('a', 20, 'rows/s', 'more', peer(10)).ratio).toBe(2);
    expect(figure('b', 5, 's', 'less', peer(10)).ratio).toBe(2);
    expect(figure('c', 0, 'ticks', 'less', peer(0)).ratio).toBeNull();
    expect(figure('d', 5, 's', 'less')).toMatchObject({ peer: null, peer_value: null, ratio: null });
  });
});
