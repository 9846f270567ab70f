import { setTimeout as sleep } from 'node:timers/promises';
import { queuePrefix } from '#app/context.ts';
import { readStatus } from '#app/status/status.ts';
import { reasonOf } from '#lib/errors.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { openRedis } from '#lib/redis.ts';
import type { Pipeline } from './pipeline.ts';

/** What `status` has said. */
export interface Look {
  /** When the answer was there (milliseconds). */
  at: number;
  problems: string[];
  /** Whether ingest took the stream then, whatever `status` says. */
  fed: boolean;
}

const everyMs = 1_000;

/** Asks for the status of a pipeline over and over, as somebody at a terminal would. */
export class Watch {
  readonly looks: Look[] = [];
  readonly #pipeline: Pipeline;
  readonly #fed: () => boolean;
  readonly #work: Promise<void>;
  #stopped = false;

  constructor(pipeline: Pipeline, fed: () => boolean) {
    this.#pipeline = pipeline;
    this.#fed = fed;
    this.#work = this.#look();
  }

  /** The first problems that were told after this time. */
  toldSince(at: number): Look | undefined {
    return this.looks.find((look) => look.at >= at && look.problems.length > 0);
  }

  /** Since when it has been healthy and fed without a break; undefined where it is not. */
  healthySince(): number | undefined {
    const last = this.looks.findLastIndex(({ problems, fed }) => problems.length > 0 || !fed);
    return this.looks[last + 1]?.at;
  }

  /** Whether it came to hold within the time. */
  async until(holds: () => boolean, ms: number): Promise<boolean> {
    for (const deadline = Date.now() + ms; !holds(); await sleep(100)) if (Date.now() > deadline) return false;
    return true;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#work;
  }

  async #look(): Promise<void> {
    while (!this.#stopped) {
      const problems = await this.#ask();
      this.looks.push({ at: Date.now(), problems, fed: this.#fed() });
      await sleep(everyMs);
    }
  }

  async #ask(): Promise<string[]> {
    const services = this.#pipeline.services();
    if (!services) return ['nothing is running'];
    const db = new QuestDb(services.questdb);
    const redis = openRedis(services.redis);
    try {
      const queues = { redis: services.redis, prefix: queuePrefix };
      const { problems } = await readStatus({ db, redis, queues, config: this.#pipeline.config });
      return problems.map(({ part, what }) => `${part}: ${what}`);
    } catch (error) {
      return [reasonOf(error)];
    } finally {
      redis.disconnect();
      await db.close();
    }
  }
}
