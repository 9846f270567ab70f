import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultSymbols, loadConfig, settingPaths, variableOf } from './config.ts';
import { UserError } from './errors.ts';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tickforest-config-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function load(file: unknown, env: Record<string, string> = {}) {
  writeFileSync(join(directory, 'tickforest.json'), typeof file === 'string' ? file : JSON.stringify(file));
  return loadConfig(env, directory);
}

function refusal(file: unknown, env: Record<string, string> = {}): string {
  try {
    load(file, env);
  } catch (error) {
    if (error instanceof UserError) return error.sentence;
    throw error;
  }
  throw new Error('it was taken');
}

describe('loadConfig', () => {
  it('has a default for everything, and makes the data directory absolute', () => {
    const config = load({});
    expect(config.dataDir).toBe(join(directory, 'var'));
    expect(config.questdb).toMatchObject({
      httpPort: 9000,
      pgPort: 8812,
      user: 'admin',
      password: 'quest',
      tls: false,
    });
    expect(config.questdb.host).toBeUndefined();
    expect(config.redis.port).toBe(6379);
    expect(config.market.symbols).toEqual(defaultSymbols);
  });

  it('reads the file, and the environment over it, setting by setting', () => {
    const file = { questdb: { host: 'db', httpPort: 9001 }, training: { bars: 500 } };
    const config = load(file, {
      TICKFOREST_QUESTDB_HTTP_PORT: '9002',
      TICKFOREST_MARKET_SYMBOLS: 'BTC-USDT, ETH-USDT',
    });
    expect(config.questdb).toMatchObject({ host: 'db', httpPort: 9002, pgPort: 8812 });
    expect(config.training).toMatchObject({ bars: 500, folds: 5 });
    expect(config.market.symbols).toEqual(['BTC-USDT', 'ETH-USDT']);
  });

  it('takes flags as words and as digits, and does not take "false" for true', () => {
    for (const [text, value] of [
      ['true', true],
      ['1', true],
      ['false', false],
      ['0', false],
    ] as const)
      expect(load({}, { TICKFOREST_QUESTDB_TLS: text }).questdb.tls).toBe(value);
    expect(load({ redis: { tls: true } }).redis.tls).toBe(true);
    expect(refusal({}, { TICKFOREST_QUESTDB_TLS: 'yes' })).toMatch(/questdb\.tls .*TICKFOREST_QUESTDB_TLS/);
  });

  it('takes an empty variable for one that is not set: no server has the name ""', () => {
    const config = load({ redis: { port: 7000 } }, { TICKFOREST_QUESTDB_HOST: '', TICKFOREST_REDIS_PORT: '' });
    expect(config.questdb.host).toBeUndefined();
    expect(config.redis.port).toBe(7000);
  });

  it('can be set by a variable in every setting, each by its own', () => {
    const names = settingPaths().map(variableOf);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('TICKFOREST_MARKET_REQUESTS_PER_MINUTE');
    expect(names).toContain('TICKFOREST_DATA_DIR');
    for (const [path, text, value] of [
      ['TICKFOREST_DATA_DIR', '/data', '/data'],
      ['TICKFOREST_TRAINING_BARS', '700', 700],
    ] as const)
      expect(JSON.stringify(load({}, { [path]: text }))).toContain(JSON.stringify(value));
  });

  it('names the setting and the variable that are wrong', () => {
    expect(refusal({ questdb: { httpPort: 70_000 } })).toMatch(
      /setting questdb\.httpPort .*TICKFOREST_QUESTDB_HTTP_PORT/,
    );
    expect(refusal({}, { TICKFOREST_TRAINING_BARS: 'many' })).toMatch(
      /setting training\.bars .*TICKFOREST_TRAINING_BARS/,
    );
    expect(refusal({}, { TICKFOREST_TRAINING_BARS: '499' })).toMatch(/training\.bars/);
    expect(refusal({}, { TICKFOREST_QUESTDB_HEAP: '1 GB' })).toMatch(/questdb\.heap/);
    expect(refusal({}, { TICKFOREST_MARKET_WS_URL: 'localhost' })).toMatch(/market\.wsUrl/);
    // One of a list: the variable is that of the list.
    const sentence = refusal({}, { TICKFOREST_MARKET_SYMBOLS: 'BTC-USDT,btc' });
    expect(sentence).toMatch(/market\.symbols\.1 .*like BTC-USDT.*TICKFOREST_MARKET_SYMBOLS\.$/);
  });

  it('refuses what it does not know instead of passing it over', () => {
    expect(refusal({ questdb: { htpPort: 1 } })).toMatch(/questdb.*htpPort/);
    expect(refusal({ surprise: 1 })).toMatch(/top level.*surprise.*Mend it in tickforest\.json\.$/);
    expect(refusal({}, { TICKFOREST_QUESTDB_PORT: '1' })).toMatch(/TICKFOREST_QUESTDB_PORT is no setting/);
    expect(load({}, { TICKFOREST_NODE: '/usr/bin/node', PATH: '/bin' }).questdb.httpPort).toBe(9000);
  });

  it('says which file is missing or broken', () => {
    expect(refusal('{')).toMatch(/tickforest\.json is not valid JSON/);
    expect(refusal({}, { TICKFOREST_CONFIG: 'other.json' })).toMatch(/other\.json does not exist/);
    writeFileSync(join(directory, 'other.json'), '{"redis": {"database": 3}}');
    expect(load({ redis: { database: 1 } }, { TICKFOREST_CONFIG: 'other.json' }).redis.database).toBe(3);
  });

  it('takes a secret from the file that NAME_FILE names', () => {
    const file = join(directory, 'password');
    writeFileSync(file, 'two words\n');
    expect(load({}, { TICKFOREST_REDIS_PASSWORD_FILE: file }).redis.password).toBe('two words');
    expect(refusal({}, { TICKFOREST_REDIS_PASSWORD_FILE: join(directory, 'none') })).toMatch(
      /none that TICKFOREST_REDIS_PASSWORD_FILE names cannot be read/,
    );
    expect(refusal({}, { TICKFOREST_SURPRISE_FILE: file })).toMatch(/TICKFOREST_SURPRISE_FILE is no setting/);
  });
});
