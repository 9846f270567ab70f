import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, configSchema } from '#lib/config.ts';
import { QuestDb, type QuestDbAddress } from '#lib/questdb/database.ts';
import { credentialsOf } from '#lib/services/credentials.ts';
import { freePort } from '#lib/services/ports.ts';
import type { StartedProcess } from '#lib/services/process.ts';
import { startQuestDb } from '#lib/services/questdb.ts';
import { addresses } from '#lib/services/services.ts';

/**
 * Ports below those that the system gives to clients and beside those of other tests: while a killed server is away,
 * nobody else may answer in its place.
 */
const ports = [10_000, 16_000] as const;

/** A QuestDB of one test file's own, in a directory of its own, that is killed and comes back on the same ports. */
export class OwnQuestDb {
  readonly dataDir: string;
  readonly address: QuestDbAddress;
  readonly db: QuestDb;
  readonly #config: Config;
  #server: StartedProcess | undefined;

  private constructor(dataDir: string, config: Config, address: QuestDbAddress) {
    this.dataDir = dataDir;
    this.address = address;
    this.db = new QuestDb(address);
    this.#config = config;
  }

  /** A server that runs; `other`: on the ports of another one that is away, with its password. */
  static async start(name: string, other?: OwnQuestDb): Promise<OwnQuestDb> {
    const dataDir = mkdtempSync(join(tmpdir(), `tickforest-${name}-`));
    if (other) copyFileSync(join(other.dataDir, 'credentials.json'), join(dataDir, 'credentials.json'));
    const config = configSchema.parse({ dataDir, questdb: { heap: '512m' } });
    const own = new OwnQuestDb(dataDir, config, other?.address ?? (await freeAddress(dataDir)));
    await own.start();
    return own;
  }

  /** Comes back with what it had. */
  async start(): Promise<void> {
    this.#server = await startQuestDb(this.#config, this.address.httpPort, this.address.pgPort);
  }

  /** Cut off in the midst of whatever it does; idempotent. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
  }

  /** Ends for good, and its directory goes with it. */
  async end(): Promise<void> {
    await this.db.close();
    await this.kill();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

async function freeAddress(dataDir: string): Promise<QuestDbAddress> {
  const httpPort = await freePort(randomInt(...ports));
  const pgPort = await freePort(httpPort + 1);
  return addresses(configSchema.parse({}), {
    questdb: { pid: 0, http: httpPort, pg: pgPort, ...credentialsOf(dataDir).questdb },
  }).questdb;
}
