import type { Redis } from 'ioredis';
import type { RejectReason } from '#ingest/feed.ts';
import type { AuditState } from '#ingest/store/audit.ts';
import type { Micros } from '#lib/time.ts';

/** The market that is being ingested, as the ingest role says it: what scheduled jobs work on. */
export interface ActiveMarket {
  venue: string;
  symbols: string[];
  /** Whose time ages are measured in: the wall's for a live market, that of its newest event for any other. */
  clock: 'wall' | 'market';
  allowSimulated: boolean;
}

/** How the streams of a symbol are. */
export interface Pulse {
  /** Event time of the newest tick, and of the newest one of each stream; null where none came. */
  newest: Micros;
  trade: Micros | null;
  quote: Micros | null;
  /** How late the last tick came. */
  lag_ms: number;
  /** Ticks a second over the last minute. */
  rate: number;
  /** Without a trade for so long, its trades have stopped, going by how often it trades; null where too little is known. */
  trades_quiet_seconds: number | null;
}

/** What the ingest role says of itself every two seconds. Counts are since it started. */
export interface FeedState {
  at: string;
  started_at: string;
  pid: number;
  venue: string;
  state: 'connecting' | 'connected' | 'disconnected' | 'stopped';
  cause: string | null;
  /** Symbols whose connection is down. */
  down: string[];
  /** Configured symbols that the venue does not list. */
  skipped: string[];
  symbols: Record<string, Pulse>;
  /** Symbols that trade at the exchange, as their quotes show, without a trade of them coming. */
  untraded: string[];
  /** Rows that were refused in the last minutes; null where none was. */
  refused: {
    seconds: number;
    /** Rows that came in that time. */
    received: number;
    refused: number;
    /** The commonest reason. */
    reason: RejectReason;
    /** Where that is the clock: how far the time of a row lay from ours. */
    clock_off_seconds: number | null;
  } | null;
  /** received = acknowledged + queued + spooled + rejected + duplicates + lost, each counted by itself. */
  account: {
    received: number;
    acknowledged: number;
    /** In memory. */
    queued: number;
    spooled: number;
    rejected: number;
    /** Dropped before sending. */
    duplicates: number;
    /** What a broken disk has taken of the spool. */
    lost: number;
    audit: AuditState;
  };
  frames: number;
  reconnects: number;
  /** Trades that were kept though an earlier one of other content has their id. */
  reused_ids: number;
  reasons: Record<string, number>;
  /** Rows that an earlier process left in the spool, and those of them that are not stored yet. */
  recovered: number;
  recovered_waiting: number;
  /** What could not be read of it: rows that are known by number, and records whose number of rows is not. */
  damaged_rows: number;
  damaged_records: number;
  spool_bytes: number;
  /** How far QuestDB is behind: age of the oldest tick that it has not, growth of what waits, time until the spool is full. */
  backlog: { behind_seconds: number; ticks_per_second: number; spool_full_seconds: number | null };
  write_failures: number;
  /** What keeps ticks from being written, in words. */
  trouble: string | null;
  /** Why QuestDB could not be asked what it has. */
  audit_trouble: string | null;
  /** Minutes whose closing could not be ordered yet. */
  close_requests_waiting: number;
}

const startingKey = (prefix: string) => `${prefix}:starting`;
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

/** How far the history is fetched that comes before the stream, in symbols. */
export interface Starting {
  done: number;
  total: number;
}

/** A role that has died at its start says nothing any more after so many seconds. */
const startingSeconds = 120;

export async function writeStarting(redis: Redis, prefix: string, starting: Starting | undefined): Promise<void> {
  if (starting) await redis.set(startingKey(prefix), JSON.stringify(starting), 'EX', startingSeconds);
  else await redis.del(startingKey(prefix));
}

export async function readStarting(redis: Redis, prefix: string): Promise<Starting | undefined> {
  const text = await redis.get(startingKey(prefix));
  return text === null ? undefined : (JSON.parse(text) as Starting);
}
