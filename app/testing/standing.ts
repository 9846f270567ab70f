import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Queue } from 'bullmq';
import { emptyRedis } from '#app/bench/faults/empty_redis.ts';
import type { Status } from '#app/status/status.ts';
import { runCli } from '#app/testing/cli.ts';
import { loadConfig } from '#lib/config.ts';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { openRedis } from '#lib/redis.ts';
import { acquireServices, type Running, type Services, stopServices } from '#lib/services/services.ts';

const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

/** For a machine with far more work than it can do: a test says that something happens, never how soon. */
export const patienceMs = 600_000;

/** An `up` in a data directory of its own, whose servers the test holds so that it can look at them afterwards. */
export class Standing {
  readonly env: NodeJS.ProcessEnv;
  readonly dataDir = mkdtempSync(join(tmpdir(), 'tickforest-up-'));
  services!: Services;
  db!: QuestDb;
  output = '';
  #child: ChildProcess | undefined;

  constructor(ports: number, more: NodeJS.ProcessEnv) {
    this.env = {
      ...process.env,
      TICKFOREST_DATA_DIR: this.dataDir,
      TICKFOREST_QUESTDB_HTTP_PORT: String(ports),
      TICKFOREST_QUESTDB_PG_PORT: String(ports + 100),
      TICKFOREST_REDIS_PORT: String(ports + 200),
      ...more,
    };
    delete this.env.TICKFOREST_RECORDINGS;
  }

  async start(args: string[]): Promise<void> {
    this.services = await acquireServices(loadConfig(this.env), silent);
    this.db = new QuestDb(this.services.questdb);
    this.#child = spawn(process.execPath, [main, 'up', ...args], { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on('data', (data) => {
        this.output += data;
      });
    }
  }

  /** Its exit code. */
  async stop(): Promise<number | null> {
    const child = this.#child!;
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    child.kill('SIGTERM');
    return child.exitCode ?? (await ended);
  }

  async end(): Promise<void> {
    if (this.#child && this.#child.exitCode === null) this.#child.kill('SIGKILL');
    await this.db?.close();
    await stopServices(loadConfig(this.env), silent);
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  async status(): Promise<{ code: number | null; status: Status; stderr: string }> {
    const { code, stdout, stderr } = await runCli(['status', '--json'], this.env);
    return { code, status: JSON.parse(stdout) as Status, stderr };
  }

  /** What `status` says while a server is dead: who would start it again is held still meanwhile, however slow all is. */
  async statusWithout(server: keyof Running): Promise<{ code: number | null; stderr: string }> {
    this.#child!.kill('SIGSTOP');
    try {
      process.kill(this.servers()[server].pid, 'SIGKILL');
      return await this.status();
    } finally {
      this.#child!.kill('SIGCONT');
    }
  }

  /** Throws with the problems, so that one that stays is named. */
  async healthy(): Promise<boolean> {
    const { code, status } = await this.status();
    if (code !== 0) throw new Error(JSON.stringify(status.problems));
    return true;
  }

  servers(): Required<Running> {
    return JSON.parse(readFileSync(join(this.dataDir, 'services.json'), 'utf8')) as Required<Running>;
  }

  roles(): { worker: number; ingest: number } {
    return (
      JSON.parse(readFileSync(join(this.dataDir, 'up.json'), 'utf8')) as { roles: { worker: number; ingest: number } }
    ).roles;
  }

  /** Asks until the answer is true; a server that is away meanwhile is an answer of no. */
  async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + patienceMs;
    let last = '';
    while (Date.now() < deadline) {
      try {
        if (await holds()) return;
        last = 'no';
      } catch (error) {
        last = String(error);
      }
      await sleep(500);
    }
    const said = await runCli(['status', '--json'], this.env);
    const jobs = await this.jobs().catch(String);
    throw new Error(
      `not within ${patienceMs / 1000} s: ${what} (${last})\n${this.output.slice(-4_000)}\n${said.stdout}${said.stderr}\n${JSON.stringify(jobs)}`,
    );
  }

  /** A Redis that has lost its data, as one without persistence has after a restart. */
  async emptyRedis(): Promise<void> {
    const redis = openRedis(this.services.redis);
    await emptyRedis(redis);
    redis.disconnect();
  }

  /** What the queues hold, job by job. */
  async jobs(): Promise<unknown[]> {
    const held: unknown[] = [];
    for (const name of ['close', 'features', 'predict']) {
      const queue = new Queue(name, { prefix: 'tickforest', connection: this.services.redis });
      const jobs = await queue.getJobs(['active', 'waiting', 'delayed', 'failed']);
      held.push({ name, paused: await queue.isPaused(), jobs: jobs.map((job) => job?.toJSON()) });
      await queue.close();
    }
    return held;
  }

  async count(query: string): Promise<number> {
    return Number(Object.values((await this.db.query(query))[0])[0]);
  }

  async schedules(): Promise<string[]> {
    const ids: string[] = [];
    for (const name of ['close', 'features', 'predict', 'train', 'daily', 'freshness', 'heartbeat']) {
      const queue = new Queue(name, { prefix: 'tickforest', connection: this.services.redis });
      ids.push(...(await queue.getJobSchedulers()).map((scheduler) => scheduler.key));
      await queue.close();
    }
    return ids.sort();
  }
}
