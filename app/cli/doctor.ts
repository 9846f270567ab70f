import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { printJson, printTable } from '#app/terminal.ts';
import { loadConfig } from '#lib/config.ts';
import { UserError } from '#lib/errors.ts';
import { questDbJar, questDbVersion } from '#lib/services/questdb.ts';
import { runningServices } from '#lib/services/services.ts';

interface Finding {
  what: string;
  found: string | null;
  needed: string;
  ok: boolean;
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('install what is missing on this machine and report what was found; starts no server')
    .option('--json', 'print one JSON document')
    .action(({ json }: { json?: boolean }) => {
      // The launcher has fetched what it could before this runs.
      const findings = examine();
      if (json) printJson({ ok: findings.every((finding) => finding.ok), findings });
      else
        printTable(
          ['', 'found', 'needed'],
          findings.map(({ what, found, needed, ok }) => [what, found ?? 'nothing', ok ? 'ok' : needed]),
        );
      const lacking = findings.filter((finding) => !finding.ok);
      if (lacking.length > 0)
        throw new UserError(
          `Not ready: ${lacking.map(({ what }) => what).join(', ')}.`,
          'Install what the table lists.',
        );
    });
}

function examine(): Finding[] {
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
  if (config.questdb.host)
    findings.push({ what: 'QuestDB', found: `yours at ${config.questdb.host}`, needed: '', ok: true });
  else findings.push(java(), jar());
  if (config.redis.host) findings.push({ what: 'Redis', found: `yours at ${config.redis.host}`, needed: '', ok: true });
  else findings.push(redis());
  const running = runningServices(config);
  findings.push({
    what: 'running',
    found:
      [
        running.questdb && `QuestDB, console at http://127.0.0.1:${running.questdb.http}`,
        running.redis && `Redis on ${running.redis.port}`,
      ]
        .filter(Boolean)
        .join('; ') || 'no embedded server',
    needed: '',
    ok: true,
  });
  return findings;
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

function jar(): Finding {
  const found = existsSync(questDbJar);
  return { what: 'QuestDB server', found: found ? questDbVersion : null, needed: questDbVersion, ok: found };
}

function redis(): Finding {
  const output = spawnSync('redis-server', ['--version'], { encoding: 'utf8' }).stdout ?? '';
  const version = /v=(\S+)/.exec(output)?.[1];
  return { what: 'redis-server', found: version ?? null, needed: '6.2 or newer', ok: version !== undefined };
}
