import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { binanceTicks } from '#ingest/archives/binance_ticks.ts';
import { configSchema } from '#lib/config.ts';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { Imports, trades, tradingDay, umTrade } from './fixtures/imports.ts';
import { importTicks } from './ticks.ts';

let imports: Imports;
beforeEach(() => {
  imports = new Imports(inject('questdb'), inject('redis'));
});
afterEach(() => imports.end());

describe('an import that ends early', () => {
  const lines = (count: number) =>
    Array.from({ length: count }, (_, i) => umTrade({ ...trades[0], id: i, ms: tradingDay + i * 20 }));

  it('goes on after the last part that QuestDB acknowledged', async () => {
    // Some ten parts.
    const path = imports.file('BTCUSDT-trades-2024-08-08.csv', lines(60_000).join('\n'));
    const stop = new Error('stopped by the test');
    let parts = 0;
    const stopping = () => {
      parts++;
      throw stop;
    };
    await expect(
      imports.run([await binanceTicks(path, 'trades', imports.venue)], { onProgress: stopping, partBytes: 300_000 }),
    ).rejects.toThrow(stop);
    const before = await imports.count();
    expect(before).toBeGreaterThan(5_000);
    expect(before).toBeLessThan(60_000);
    const [name] = readdirSync(join(imports.dataDir, 'imports'));
    const state = JSON.parse(readFileSync(join(imports.dataDir, 'imports', name), 'utf8')) as {
      position: number;
      began: number;
    };
    expect(state.position).toBeGreaterThan(0);
    const result = await imports.run([await binanceTicks(path, 'trades', imports.venue)]);
    expect(result).toMatchObject({ rows: 60_000, rejected: 0 });
    expect(await imports.count()).toBe(60_000);
    // All rows say the same moment of import, and nothing was read twice.
    expect(await imports.count(`and cast(received_at as long) = ${state.began}`)).toBe(60_000);
    expect(parts).toBe(1);
  });

  it('keeps what came before the tear of a file, and says that it is torn', async () => {
    const whole = gzipSync(lines(200_000).join('\n'));
    const path = imports.file('BTCUSDT-trades-2024-08-08.csv.gz', whole.subarray(0, whole.length - 50));
    await expect(
      imports.run([await binanceTicks(path, 'trades', imports.venue)], { partBytes: 1 << 20 }),
    ).rejects.toThrow(/could not be read to its end/);
    expect(await imports.count()).toBeGreaterThan(10_000);
    writeFileSync(path, whole);
    expect(await imports.run([await binanceTicks(path, 'trades', imports.venue)])).toMatchObject({ rows: 200_000 });
    expect(await imports.count()).toBe(200_000);
  });

  it('takes all other files in where one cannot be read, makes their bars, and then says which one it was', async () => {
    const torn = gzipSync(lines(200_000).join('\n'));
    const bad = imports.file('BTCUSDT-trades-2024-08-08.csv.gz', torn.subarray(0, torn.length - 50));
    const good = imports.file('ETHUSDT-trades-2024-08-08.csv', lines(1_000).join('\n'));
    const files = [bad, good].map((path) => binanceTicks(path, 'trades', imports.venue));
    await expect(imports.run(await Promise.all(files))).rejects.toThrow(
      /1 of 2 files could not be imported, the others are: .*BTCUSDT-trades-2024-08-08\.csv\.gz could not be read to its end/,
    );
    const made = await imports.rows<{ symbol: string }>('symbol', '', 'candles_1m');
    expect([...new Set(made.map(({ symbol }) => symbol))]).toEqual(['ETH-USDT']);
  });

  it('reports a server that refuses the rows, and its bars are made once it takes them', async () => {
    const path = imports.file('BTCUSDT-trades-2024-08-08.csv', lines(10).join('\n'));
    const gone = new QuestDb({ ...inject('questdb'), httpPort: 1 });
    const config = configSchema.parse({ dataDir: imports.dataDir, questdb: { host: 'elsewhere' } });
    const closeClient = { close: async () => ({ minutes: 0 }), end: async () => {} };
    const opened = await binanceTicks(path, 'trades', imports.venue);
    await expect(importTicks({ db: gone, config, closeClient, log: silent }, [opened])).rejects.toThrow();
    await gone.close();
    expect(await imports.run([opened])).toMatchObject({ rows: 10, files: [{ already: false }] });
  });

  it('is begun anew when its rows have gone from the database', async () => {
    const path = imports.file('BTCUSDT-trades-2024-08-08.csv', lines(100).join('\n'));
    const opened = await binanceTicks(path, 'trades', imports.venue);
    await imports.run([opened]);
    const [name] = readdirSync(join(imports.dataDir, 'imports'));
    const state = join(imports.dataDir, 'imports', name);
    // As if there had been more.
    writeFileSync(state, readFileSync(state, 'utf8').replace('"stored":100', '"stored":101'));
    expect((await imports.run([opened])).files).toMatchObject([{ already: false, rows: 100 }]);
  });
});
