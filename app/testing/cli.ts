import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { QuestDbAddress } from '#lib/questdb/database.ts';
import type { RedisAddress } from '#lib/services/services.ts';

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

/**
 * Runs the command line as a process of its own, for tests. Variables in `env` with the value undefined are unset.
 * @param input what it reads on stdin
 */
export function runCli(args: string[], env: NodeJS.ProcessEnv = {}, input = ''): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.on('error', reject);
    child.stdin.end(input);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** The settings of a command that is to use the servers of the test run, and a data directory of the test's own. */
export function sharedServers(
  { questdb, redis }: { questdb: QuestDbAddress; redis: RedisAddress },
  dataDir: string,
): NodeJS.ProcessEnv {
  return {
    TICKFOREST_DATA_DIR: dataDir,
    TICKFOREST_LOG_FORMAT: 'json',
    TICKFOREST_QUESTDB_HOST: questdb.host,
    TICKFOREST_QUESTDB_HTTP_PORT: String(questdb.httpPort),
    TICKFOREST_QUESTDB_PG_PORT: String(questdb.pgPort),
    TICKFOREST_QUESTDB_USER: questdb.user,
    TICKFOREST_QUESTDB_PASSWORD: questdb.password,
    TICKFOREST_REDIS_HOST: '127.0.0.1',
    TICKFOREST_REDIS_PORT: String(redis.port),
    TICKFOREST_REDIS_PASSWORD: redis.password,
  };
}
