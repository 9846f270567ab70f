import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Redis } from 'ioredis';
import { UserError } from '#lib/errors.ts';
import { openRedis } from '#lib/redis.ts';
import type { QueueAddress } from './queues.ts';

/** When each paused schedule was paused (ISO 8601, UTC), by its id. */
export type Pauses = Readonly<Record<string, string>>;

/** Where a data directory keeps its copy. */
export function pausesFile(dataDir: string): string {
  return join(dataDir, 'paused-schedules.json');
}

const keyOf = ({ prefix }: QueueAddress) => `${prefix}:paused-schedules`;

/**
 * The paused schedules. Redis says it, which all workers share. One that was emptied says nothing, as one in which nothing
 * was ever paused: then the copy on disk counts, so that what a person has stopped does not begin again by itself.
 * @throws UserError when only the copy is there and cannot be read
 */
export async function readPauses(redis: Redis, address: QueueAddress): Promise<Pauses> {
  const text = await redis.get(keyOf(address));
  return text === null ? copied(address) : (JSON.parse(text) as Pauses);
}

/** As `readPauses`, with a connection of its own. */
export async function pausesOf(address: QueueAddress): Promise<Pauses> {
  const redis = openRedis(address.redis);
  try {
    return await readPauses(redis, address);
  } finally {
    redis.disconnect();
  }
}

/** States them anew, also that there is none: the copy first, which may be all that is left after a crash. */
export async function writePauses(redis: Redis, address: QueueAddress, pauses: Pauses): Promise<void> {
  const text = JSON.stringify(pauses);
  writeCopy(address, text);
  await redis.set(keyOf(address), text);
}

/** Reads them, and brings what is missing to the other place: to Redis, or to the data directory of this worker. */
export async function keepPauses(redis: Redis, address: QueueAddress): Promise<Pauses> {
  const text = await redis.get(keyOf(address));
  if (text !== null) {
    if (copyOf(address) !== text) writeCopy(address, text);
    return JSON.parse(text) as Pauses;
  }
  const pauses = copied(address);
  if (Object.keys(pauses).length > 0) await redis.set(keyOf(address), JSON.stringify(pauses), 'NX');
  return pauses;
}

function copied(address: QueueAddress): Pauses {
  const text = copyOf(address);
  if (text === undefined) return {};
  try {
    return JSON.parse(text) as Pauses;
  } catch (cause) {
    throw new UserError(
      `${address.pauses} is not valid JSON.`,
      'Remove it, and pause again what is to be paused: ./tickforest schedules pause ID.',
      { cause },
    );
  }
}

function copyOf({ pauses: file }: QueueAddress): string | undefined {
  return file !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function writeCopy({ pauses: file }: QueueAddress, text: string): void {
  if (file === undefined) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}
