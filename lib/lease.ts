import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';

const lifetimeMs = 15_000;
const renewMs = 4_000;
const lookMs = 500;
const everyMinute = 60_000 / lookMs;

/** Prolongs the lease if it is still ours, takes it if nobody has it, and says who has it otherwise. */
const take = `
local holder = redis.call('GET', KEYS[1])
if holder == false or holder == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return ARGV[1]
end
return holder`;

const release = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

/**
 * The right to be the only one of its kind, held in Redis and renewed while the process lives. Who dies loses it after 15 s.
 * An outage of Redis does not end it: the holder goes on, and learns afterwards whether somebody else has taken over.
 */
export class Lease {
  readonly #redis: Redis;
  readonly #key: string;
  readonly #holder: string;
  readonly #timer: NodeJS.Timeout;

  private constructor(redis: Redis, key: string, holder: string, log: Logger, onLost: (holder: string) => void) {
    this.#redis = redis;
    this.#key = key;
    this.#holder = holder;
    this.#timer = setInterval(async () => {
      try {
        const now = await redis.eval(take, 1, key, holder, lifetimeMs);
        if (now !== holder) onLost(String(now));
      } catch (error) {
        log.warn({ key, reason: reasonOf(error) }, 'lease not renewed; trying again');
      }
    }, renewMs);
  }

  /**
   * @param wait until it has ended, waits for the lease of another one instead of giving up: it may be that of a process
   *   which was killed
   * @throws UserError that names the holder, when there is one
   */
  static async take(
    redis: Redis,
    key: string,
    what: string,
    log: Logger,
    onLost: (holder: string) => void,
    wait?: AbortSignal,
  ): Promise<Lease> {
    const holder = `process ${process.pid} on ${hostname()} since ${new Date().toISOString()}`;
    for (let tries = 0; ; tries++) {
      const now = String(await redis.eval(take, 1, key, holder, lifetimeMs));
      if (now === holder) return new Lease(redis, key, holder, log, onLost);
      if (!wait || wait.aborted)
        throw new UserError(
          `${what} runs already: ${now} holds the lease.`,
          'Stop that one first; after a crash its lease ends by itself within 15 s.',
        );
      if (tries % everyMinute === 0) log.warn({ key, holder: now }, 'waiting for the lease of another process');
      await sleep(lookMs, undefined, { signal: wait }).catch(() => {});
    }
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#redis.eval(release, 1, this.#key, this.#holder);
  }
}
