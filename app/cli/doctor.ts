import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { Command } from 'commander';
import { printJson, printTable } from '#app/terminal.ts';
import { loadConfig } from '#lib/config.ts';
import { diskSpace } from '#lib/disk_space.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import { QuestDb, type QuestDbAddress } from '#lib/questdb/database.ts';
import { openRedis } from '#lib/redis.ts';
import { questDbJar, questDbVersion } from '#lib/services/questdb.ts';
import { addresses, type RedisAddress, runningServices } from '#lib/services/services.ts';
import { type Console, consoleOf } from './console.ts';

interface Finding {
  what: string;
  found: string | null;
  needed: string;
  ok: boolean;
  /** What would be better, though it works. */
  advice?: string;
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('install what is missing on this machine and report what was found; starts no server')
    .option('--json', 'print one JSON document')
    .action(async ({ json }: { json?: boolean }) => {
      // The launcher has fetched what it could before this runs.
      const findings = await examine();
      if (json) printJson({ ok: findings.every((finding) => finding.ok), findings });
      else
        printTable(
          ['', 'found', 'needed'],
          findings.map(({ what, found, needed, ok, advice }) => [
            what,
            found ?? 'nothing',
            ok ? (advice ?? 'ok') : needed,
          ]),
        );
      const lacking = findings.filter((finding) => !finding.ok);
      if (lacking.length > 0)
        throw new UserError(
          `Not ready: ${lacking.map(({ what }) => what).join(', ')}.`,
          'Install or mend what the table lists.',
        );
    });
}

async function examine(): Promise<Finding[]> {
  const config = loadConfig();
  const [major, minor] = process.versions.node.split('.').map(Number);
  const findings: Finding[] = [
    {
      what: 'Node',
      found: process.versions.node,
      needed: '22.18 or newer',
      ok: major > 22 || (major === 22 && minor >= 18),
    },
  ];
  const running = runningServices(config);
  const own = addresses(config, running);
  if (config.questdb.host) findings.push(await yours('QuestDB', own.questdb.host, () => askQuestDb(own.questdb)));
  else findings.push(java(), jar(), ...memoryMaps());
  if (config.redis.host) findings.push(await yours('Redis', own.redis.host, () => askRedis(own.redis)));
  else findings.push(redis());
  findings.push(disk(config.dataDir), {
    what: 'running',
    found:
      [running.questdb && questDbOf(consoleOf(own.questdb)), running.redis && `Redis on ${running.redis.port}`]
        .filter(Boolean)
        .join('; ') || 'no embedded server',
    needed: '',
    ok: true,
  });
  return findings;
}

/** A server of your own, which is there if it answers. */
async function yours(what: string, host: string, ask: () => Promise<unknown>): Promise<Finding> {
  const found = `yours at ${host}`;
  try {
    await ask();
    return { what, found, needed: '', ok: true };
  } catch (error) {
    return { what, found, needed: `an answer (${reasonOf(error)})`, ok: false };
  }
}

async function askQuestDb(address: QuestDbAddress): Promise<void> {
  const db = new QuestDb(address);
  try {
    await db.query('SELECT 1');
    const { ok, status } = await db.http('/exec?query=SELECT+1', { signal: AbortSignal.timeout(10_000) });
    if (!ok) throw new UserError(`${db.httpUrl} answers with status ${status}.`);
  } catch (error) {
    if (error instanceof TypeError)
      throw new UserError(`${db.httpUrl} does not answer (${reasonOf(error.cause)}).`, 'Check questdb.httpPort.');
    throw error;
  } finally {
    await db.close();
  }
}

async function askRedis(address: RedisAddress): Promise<void> {
  const redis = openRedis(address);
  let trouble: Error | undefined;
  redis.on('error', (error: Error) => {
    trouble = error;
  });
  try {
    await redis.ping();
  } catch (error) {
    // A command that gives up says only how often it has tried.
    throw trouble ?? error;
  } finally {
    redis.disconnect();
  }
}

function java(): Finding {
  const output = spawnSync('java', ['-XX:-UsePerfData', '-version'], { encoding: 'utf8' }).stderr ?? '';
  const version = /version "([^"]+)"/.exec(output)?.[1];
  return {
    what: 'Java',
    found: version ?? null,
    needed: '17 or newer',
    ok: version !== undefined && Number.parseInt(version, 10) >= 17,
  };
}

/** QuestDB maps each column of each day that is read: years of features take more maps than Linux allows by default. */
function memoryMaps(): Finding[] {
  const file = '/proc/sys/vm/max_map_count';
  if (!existsSync(file)) return [];
  const found = readFileSync(file, 'utf8').trim();
  const enough = Number(found) >= 1_048_576;
  return [
    {
      ...{ what: 'memory maps', found, needed: '', ok: true },
      ...(enough ? {} : { advice: 'ok; for months of features: sysctl -w vm.max_map_count=1048576' }),
    },
  ];
}

function disk(directory: string): Finding {
  const { freeMib, nearlyFull } = diskSpace(directory);
  return { what: 'disk', found: `${freeMib} MiB free for ${directory}`, needed: 'more room', ok: !nearlyFull };
}

const questDbOf = ({ url, user, password }: Console) =>
  `QuestDB, console at ${url}, user ${user}, password ${password}`;

function jar(): Finding {
  const found = existsSync(questDbJar);
  return { what: 'QuestDB server', found: found ? questDbVersion : null, needed: questDbVersion, ok: found };
}

function redis(): Finding {
  const output = spawnSync('redis-server', ['--version'], { encoding: 'utf8' }).stdout ?? '';
  const version = /v=(\S+)/.exec(output)?.[1];
  return { what: 'redis-server', found: version ?? null, needed: '6.2 or newer', ok: version !== undefined };
}
