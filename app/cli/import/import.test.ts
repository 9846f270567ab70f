import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { program } from '#app/cli/program.ts';
import { runCli } from '#app/testing/cli.ts';
import { UserError } from '#lib/errors.ts';

let directory: string;
/** Where servers would be started, so that a trace of one is seen. */
let dataDir: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tickforest-import-cli-'));
  dataDir = join(directory, 'data');
  vi.stubEnv('TICKFOREST_DATA_DIR', dataDir);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

function file(name: string, content: string): string {
  writeFileSync(join(directory, name), content);
  return join(directory, name);
}

// What is wrong with a file or an option is told before any server is started.
describe('an import that cannot begin', () => {
  it.each([
    ['candles-csv', 'BTC-USDT.csv', null, ['--venue', 'v'], /There is no file/],
    [
      'candles-csv',
      'C-USDT.csv',
      'open_time,open\n',
      ['--venue', 'v'],
      /has no column high, low, close, volume.*--map high=/,
    ],
    ['candles-csv', 'D-USDT.csv', '1,2,3,4,5,6\n', ['--venue', 'v'], /begins with figures.*--columns/],
    ['candles-csv', 'E-USDT.csv', '1,2,3,4,5,6\n', ['--columns', 'time,open'], /has 6 cells where 2/],
    ['candles-csv', 'F-USDT.csv', 'time,open,high,low,close,volume\n', [], /which venue.*--venue/],
    ['candles-csv', 'few.csv', 'time,open,high,low,close,volume\n', ['--venue', 'v'], /which symbol.*--map symbol=/],
    [
      'candles-csv',
      'G-USDT.csv',
      'time\n',
      ['--venue', 'v', '--map', 'ts=time'],
      /Candles have no column ts.*open_time/,
    ],
    ['binance-klines', 'BTCUSDT-1m-2024-08.zip', null, [], /There is no file/],
    ['binance-klines', 'BTCUSDT-5m-2024-08.csv', '1', [], /holds 5m, not 1m/],
    ['binance-trades', 'BTCUSDT-trades-2024-08.zip', null, [], /There is no file/],
    ['binance-trades', 'BTCUSDT-trades-2024-08.zip', 'no zip', [], /could not be read to its end/],
    ['binance-trades', 'BTCUSDT-trades-2024-09.csv', 'a,b,c\n1,2,3', [], /which is no line of trades/],
    ['binance-agg-trades', 'BTCUSDT-aggTrades-2024-08.csv.gz', 'no gzip', [], /could not be read to its end/],
    ['binance-agg-trades', 'BTCUSDT-aggTrades-2024-09.csv', '', [], /is empty/],
    ['binance-agg-trades', 'BTCUSDT-aggTrades-2024-10.csv', '1', ['--market', 'cm'], /no market of Binance/],
    ['ticks-csv', 'none.csv', null, ['--venue', 'v'], /There is no file/],
    ['ticks-csv', 'a.csv', 'ts,x\n', ['--venue', 'v', '--map', 'symbol=A-B'], /Nothing says the price/],
    ['ticks-csv', 'b.csv', 'ts,price\n', ['--map', 'symbol=A-B'], /which venue/],
    ['ticks-csv', 'c.csv', 'ts,price\n', ['--venue', 'v', '--time-unit', 'h'], /no unit of time/],
    ['ticks-csv', 'd.csv', '1772359200,5,1\n', ['--venue', 'v'], /begins with figures.*--columns time,price/],
    ['ticks-csv', 'e.csv', 'ts,price\n', ['--venue', 'v', '--map', 'symbol=bitcoin'], /"bitcoin" names no pair/],
    ['ticks-csv', 'a.feather', 'no arrow', ['--venue', 'v'], /could not be read as Arrow or Feather/],
    ['parquet', 'a.parquet', 'no parquet', ['--venue', 'v'], /could not be read as Parquet/],
    ['frames', 'a.jsonl', '{}', [], /which venue/],
    ['sqlite', 'a.db', 'no database, and long enough to have a header of its own', [], /SQLite/],
    ['sqlite', 'none.db', null, [], /There is no file/],
    ['sqlite', 'b.db', '', ['--contracts', '/no/such.json'], /could not be read/],
  ] as const)('%s %s: %s %s', async (format, name, content, options, message) => {
    const path = content === null ? join(directory, `no-${name}`) : file(name, content);
    const named = content === null && format.startsWith('binance') ? join(directory, 'none', name) : path;
    const printed = vi.spyOn(process.stdout, 'write');
    try {
      const failure = await program()
        .parseAsync(['import', format, named, ...options], { from: 'user' })
        .then(
          () => undefined,
          (error: unknown) => error,
        );
      // What the command line prints as a sentence, without a stack.
      expect(failure).toBeInstanceOf(UserError);
      expect((failure as UserError).sentence).toMatch(message);
      expect(printed).not.toHaveBeenCalled();
    } finally {
      printed.mockRestore();
    }
    expect(existsSync(dataDir)).toBe(false);
  });

  it('ends with 1 and one sentence', async () => {
    const ended = await runCli(['import', 'sqlite', join(directory, 'absent.db')]);
    expect(ended.stderr).toMatch(/^tickforest: There is no file \S+absent.db\. .+\n$/);
    expect([ended.code, ended.stdout]).toEqual([1, '']);
    expect(existsSync(dataDir)).toBe(false);
  });
});
