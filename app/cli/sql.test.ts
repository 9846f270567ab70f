import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runCli, sharedServers } from '#app/testing/cli.ts';
import { ownVenue, storeBars } from '#features/testing/stored_market.ts';
import { walk } from '#features/testing/walk.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { eventually } from '#lib/testing/eventually.ts';

const venue = ownVenue();
const query = `SELECT ts, symbol, close, buy_volume FROM candles_1m WHERE venue = '${venue}'`;
let db: QuestDb;
let directory: string;
let closes: number[];

beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  directory = mkdtempSync(join(tmpdir(), 'tickforest-sql-'));
  const bars = walk(150, 1, Date.UTC(2026, 1, 1)).map((bar) => ({ ...bar, venue, symbol: 'A-USDT' }));
  closes = bars.map(({ close }) => close);
  await storeBars(db, bars);
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await db.close();
});

const environment = () => sharedServers({ questdb: inject('questdb'), redis: inject('redis') }, directory);
const sql = (args: string[], input?: string) => runCli(['sql', ...args], environment(), input);

// Each run is a process of its own, which takes a second or more.
describe('./tickforest sql', () => {
  it('a table: of many rows the first, and it says so', async () => {
    const { code, stdout } = await sql([query]);
    const lines = stdout.trim().split('\n');
    expect([code, lines.length]).toEqual([0, 100 + 4]);
    expect(lines[1]).toMatch(/│ ts +│ symbol │ +close │ buy_volume │/);
    expect(lines[2]).toMatch(/│ 2026-02-01T00:00:00Z │ A-USDT │ +[\d.]+ │ +– │/);
    expect(lines.at(-1)).toMatch(/^The first 100 rows; there are more\. --limit 0 shows all of them/);
  });

  it('--limit 0: all rows, and how many', async () => {
    const { code, stdout } = await sql([`${query} LIMIT -120;`, '--limit', '0']);
    expect([code, stdout.match(/2026-02-01T/g)?.length, stdout.endsWith('\n120 rows.\n')]).toEqual([0, 120, true]);
  });

  it('--json: one array of objects, with every digit', async () => {
    const { code, stdout } = await sql([query, '--json']);
    const rows = JSON.parse(stdout);
    expect([code, rows.length]).toEqual([0, 150]);
    expect(rows[0]).toEqual({
      ts: '2026-02-01T00:00:00.000000Z',
      symbol: 'A-USDT',
      close: closes[0],
      buy_volume: null,
    });
    expect(rows.map((row: { close: number }) => row.close)).toEqual(closes);
    expect(JSON.parse((await sql([`${query} AND ts < '2000'`, '--json'])).stdout)).toEqual([]);
  });

  it('--csv: every row, nulls empty', async () => {
    const { code, stdout } = await sql([query, '--csv']);
    const lines = stdout.trim().split('\r\n');
    expect([code, lines.length]).toEqual([0, 151]);
    expect(lines.slice(0, 2)).toEqual([
      '"ts","symbol","close","buy_volume"',
      `"2026-02-01T00:00:00.000000Z","A-USDT",${closes[0]},`,
    ]);
  });

  it('--out: a Parquet file of the first rows, which is there already the next time', async () => {
    const file = join(directory, 'a.parquet');
    const { code, stdout } = await sql([query, '--out', file, '--limit', '7']);
    expect([code, stdout]).toEqual([0, `Wrote ${file}.\n`]);
    const instance = await DuckDBInstance.create(':memory:');
    try {
      const read = await (await instance.connect()).runAndReadAll(`SELECT close FROM '${file}' ORDER BY ts`);
      expect(read.getRows().flat()).toEqual(closes.slice(0, 7));
    } finally {
      instance.closeSync();
    }
    const again = await sql([query, '--out', file]);
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringContaining('a.parquet exists. Overwrite it with --force.'),
    ]);
  });

  it('-: the statement comes from stdin', async () => {
    const { code, stdout } = await sql(
      ['-', '--json'],
      `-- how many; really\n${query.replace(/ts.*volume/, 'count() n')};\n`,
    );
    expect([code, JSON.parse(stdout)]).toEqual([0, [{ n: 150 }]]);
  });

  it('a mistake: the line, a mark below it, and what helps', async () => {
    const { code, stdout, stderr } = await sql([query.replace(' FROM', ',\n\tclos FROM')]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(
      `  \tclos FROM candles_1m WHERE venue = '${venue}'\n  \t^\ntickforest: QuestDB refuses the statement: Invalid column: clos. List the columns of a table: ./tickforest sql "SHOW COLUMNS FROM candles_1m"\n`,
    );
    const file = await sql(['SELECT *\nFROM candels_1m', '--out', join(directory, 'b.parquet')]);
    expect([file.code, file.stderr]).toEqual([
      1,
      expect.stringContaining(
        `  FROM candels_1m\n       ^\ntickforest: QuestDB refuses the statement: table does not exist [table=candels_1m]. List the tables: ./tickforest sql "SHOW TABLES"\n`,
      ),
    ]);
    expect(readdirSync(directory).filter((name) => name.startsWith('b.'))).toEqual([]);
  });

  it('a statement that changes something: not even a server is started', async () => {
    const dataDir = join(directory, 'none');
    const { code, stdout, stderr } = await runCli(['sql', 'DROP TABLE candles_1m'], { TICKFOREST_DATA_DIR: dataDir });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^tickforest: sql only reads, and does not run DROP\. Use QuestDB's console or psql/);
    expect(existsSync(dataDir)).toBe(false);
  });

  it('Ctrl-C ends the query, in QuestDB as well', async () => {
    const main = fileURLToPath(new URL('./main.ts', import.meta.url));
    const endless = `SELECT sum(a.x * b.x) '${venue}' FROM long_sequence(10000000) a CROSS JOIN long_sequence(10000000) b`;
    const running = `select 1 from query_activity() where query like '%${venue}''%' and query not like '%query_activity%'`;
    const file = join(directory, 'c.csv');
    const child = spawn(process.execPath, [main, 'sql', endless, '--out', file], {
      env: { ...process.env, ...environment() },
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    await eventually(async () => expect(await db.query(running)).toHaveLength(1));
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    await eventually(async () => expect(await db.query(running)).toEqual([]));
    expect(readdirSync(directory).filter((name) => name.startsWith('c.'))).toEqual([]);
  });

  it('ends well when its reader has read enough', async () => {
    const main = fileURLToPath(new URL('./main.ts', import.meta.url));
    const child = spawn(process.execPath, [main, 'sql', '--json', 'SELECT x FROM long_sequence(100000000)'], {
      env: { ...process.env, ...environment() },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(child, 'exit');
    let said = '';
    child.stderr.on('data', (data) => {
      said += data;
    });
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect([await ended, said]).toEqual([[0, null], '']);
  });

  it('starts servers where none run, and stops them', async () => {
    const dataDir = join(directory, 'own');
    const { code, stdout } = await runCli(['sql', 'SELECT count() n FROM ticks', '--json'], {
      ...{ TICKFOREST_DATA_DIR: dataDir, TICKFOREST_QUESTDB_HEAP: '512m' },
      ...{ TICKFOREST_QUESTDB_HTTP_PORT: '19100', TICKFOREST_QUESTDB_PG_PORT: '18912', TICKFOREST_REDIS_PORT: '16479' },
    });
    expect([code, JSON.parse(stdout)]).toEqual([0, [{ n: 0 }]]);
    expect(existsSync(join(dataDir, 'services.json'))).toBe(false);
  });
});
