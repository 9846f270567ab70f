import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '#lib/config.ts';
import { UserError } from '#lib/errors.ts';
import { type StartedProcess, startProcess, waitUntilItAnswers } from './process.ts';

/** Must be the version of pom.xml beside this file. */
export const questDbVersion = '9.3.4';

/** Where the launcher puts the server's jar. */
export const questDbJar = fileURLToPath(new URL(`../../var/tools/questdb-${questDbVersion}.jar`, import.meta.url));

/** The web server, the PostgreSQL wire and nothing else, on 127.0.0.1. */
function serverConf(httpPort: number, pgPort: number): string {
  return [
    `http.bind.to=127.0.0.1:${httpPort}`,
    `pg.net.bind.to=127.0.0.1:${pgPort}`,
    'http.min.enabled=false',
    'line.tcp.enabled=false',
    'telemetry.enabled=false',
    '',
  ].join('\n');
}

/**
 * Starts an embedded QuestDB and waits until it answers a query.
 * @throws UserError when the jar or Java is missing, or the server ends with an error
 */
export async function startQuestDb(config: Config, httpPort: number, pgPort: number): Promise<StartedProcess> {
  if (!existsSync(questDbJar))
    throw new UserError('The QuestDB server has not been fetched yet.', 'Run ./tickforest doctor, which fetches it.');
  const directory = join(config.dataDir, 'questdb');
  mkdirSync(join(directory, 'conf'), { recursive: true });
  writeFileSync(join(directory, 'conf', 'server.conf'), serverConf(httpPort, pgPort));
  const args = [
    `-Xmx${config.questdb.heap}`,
    '-XX:+UseParallelGC',
    '-p',
    questDbJar,
    '-m',
    'io.questdb/io.questdb.ServerMain',
    '-d',
    directory,
  ];
  const child = startProcess('java', args, join(config.dataDir, 'logs', 'questdb.log'));
  await waitUntilItAnswers('QuestDB', child, () => questDbAnswers(httpPort), 60_000);
  return child;
}

/** Whether a QuestDB on this port answers a query now. */
export async function questDbAnswers(httpPort: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${httpPort}/exec?query=select%201`, {
      signal: AbortSignal.timeout(2_000),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
