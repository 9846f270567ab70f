import type { Redis } from 'ioredis';
import type { Micros } from '#ingest/feed.ts';

/** The market that is being ingested, as the ingest role says it: what scheduled jobs work on. */
export interface ActiveMarket {
  venue: string;
  symbols: string[];
  /** Whose time ages are measured in: the wall's for a live market, that of its newest event for any other. */
  clock: 'wall' | 'market';
  allowSimulated: boolean;
}

/** What the ingest role says of itself every two seconds. */
export interface FeedState {
  at: string;
  pid: number;
  venue: string;
  state: 'connecting' | 'connected' | 'disconnected' | 'stopped';
  cause: string | null;
  /** Event time of the newest tick of each symbol, microseconds. */
  newest: Record<string, Micros>;
  rows: number;
  rejected: number;
  reasons: Record<string, number>;
  duplicates: number;
  reconnects: number;
  writer: { received: number; stored: number; queued: number; failures: number };
  /** Minutes whose closing could not be ordered yet. */
  orders_waiting: number;
}

const marketKey = (prefix: string) => `${prefix}:market`;
const feedKey = (prefix: string) => `${prefix}:feed`;
const heartbeatKey = (prefix: string) => `${prefix}:heartbeat`;

export async function writeMarket(redis: Redis, prefix: string, market: ActiveMarket): Promise<void> {
  await redis.set(marketKey(prefix), JSON.stringify(market));
}

export async function readMarket(redis: Redis, prefix: string): Promise<ActiveMarket | undefined> {
  const text = await redis.get(marketKey(prefix));
  return text === null ? undefined : (JSON.parse(text) as ActiveMarket);
}

export async function writeFeedState(redis: Redis, prefix: string, state: FeedState): Promise<void> {
  await redis.set(feedKey(prefix), JSON.stringify(state));
}

export async function readFeedState(redis: Redis, prefix: string): Promise<FeedState | undefined> {
  const text = await redis.get(feedKey(prefix));
  return text === null ? undefined : (JSON.parse(text) as FeedState);
}

/** Notes that a worker has completed a heartbeat job. */
export async function beat(redis: Redis, prefix: string): Promise<void> {
  await redis.set(heartbeatKey(prefix), String(Date.now()));
}

/** Seconds since a worker last completed a heartbeat job; null when none ever did. */
export async function heartbeatAge(redis: Redis, prefix: string): Promise<number | null> {
  const at = await redis.get(heartbeatKey(prefix));
  return at === null ? null : (Date.now() - Number(at)) / 1000;
}
