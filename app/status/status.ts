import type { Redis } from 'ioredis';
import { type ActiveMarket, type FeedState, heartbeatAge, readFeedState, readMarket } from '#jobs/live_state.ts';
import type { QueueAddress } from '#jobs/queue/queues.ts';
import type { Config } from '#lib/config.ts';
import { reasonOf } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { tableProblems } from '#lib/questdb/table_health.ts';
import { modelNames } from '#models/catalogue.ts';
import { type AccountStatus, accountStatus } from './account_status.ts';
import { ingestProblems } from './ingest_problems.ts';
import { type JobsStatus, jobsStatus } from './jobs_status.ts';
import type { Part, Problem } from './problem.ts';
import { type SymbolStatus, symbolsStatus } from './symbols_status.ts';

export interface ChampionStatus {
  model: string;
  champion: string | null;
  since: string | null;
  age_hours: number | null;
  skill: number | null;
  p_value: number | null;
  /** The run that predicts: the champion, or the newest run, whose signals are gated. */
  run_id: string | null;
}

export interface Status {
  healthy: boolean;
  problems: Problem[];
  services: { questdb: string; redis: string };
  market: ActiveMarket | null;
  feed: Omit<FeedState, 'symbols' | 'account'> | null;
  account: AccountStatus | null;
  heartbeat_age_seconds: number | null;
  symbols: SymbolStatus[];
  queues: JobsStatus['queues'];
  schedules: JobsStatus['schedules'];
  champions: ChampionStatus[];
  failed: JobsStatus['failed'];
}

/** A worker completes a heartbeat job every five seconds; a training on all cores may delay one. */
const heartbeatLimit = 45;

/** Failures older than this are history. */
const failureWindowMs = 3_600_000;

/** How everything is now. A server that does not answer is a problem in the result, not an error. */
export async function readStatus({
  db,
  redis,
  queues,
  config,
}: {
  db: QuestDb;
  redis: Redis;
  queues: QueueAddress;
  config: Config;
}): Promise<Status> {
  const problems: Problem[] = [];
  const attempt = async <T>(part: Part, what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      problems.push({ part, what: `${what}: ${reasonOf(error)}` });
      return undefined;
    }
  };
  const questdb = await attempt('services', 'QuestDB does not answer', () => db.query('select 1'));
  const redisAnswer = await attempt('services', 'Redis does not answer', () => within(5_000, redis.ping()));
  const fromRedis = redisAnswer
    ? await attempt('services', 'Redis', async () => ({
        market: await readMarket(redis, queues.prefix),
        feed: await readFeedState(redis, queues.prefix),
        beat: await heartbeatAge(redis, queues.prefix),
        jobs: await jobsStatus(queues, config.live.dailyAt),
      }))
    : undefined;
  const { market, feed, beat = null, jobs } = fromRedis ?? {};
  const symbols =
    questdb && market
      ? ((await attempt('services', 'symbols', () => symbolsStatus(db, market, feed, config))) ?? [])
      : [];
  const account =
    questdb && feed ? await attempt('ingest', 'ticks cannot be counted', () => accountStatus(db, feed)) : undefined;
  const champions =
    questdb && market ? ((await attempt('services', 'champions', () => championsStatus(db, market.venue))) ?? []) : [];
  if (fromRedis) problems.push(...workerProblems(beat, jobs), ...ingestProblems(market, feed, symbols, account));
  const ofTables = questdb ? ((await attempt('services', 'tables', () => tableProblems(db))) ?? []) : [];
  problems.push(...ofTables.map((what): Problem => ({ part: 'services', what })));
  return {
    healthy: problems.length === 0,
    problems,
    services: { questdb: questdb ? 'answers' : 'does not answer', redis: redisAnswer ? 'answers' : 'does not answer' },
    market: market ?? null,
    feed: feed ? shown(feed) : null,
    account: account ?? null,
    heartbeat_age_seconds: beat,
    symbols,
    queues: jobs?.queues ?? [],
    schedules: jobs?.schedules ?? [],
    champions,
    failed: jobs?.failed ?? [],
  };
}

function shown({ symbols: _symbols, account: _account, ...feed }: FeedState): Status['feed'] {
  return feed;
}

function workerProblems(beat: number | null, jobs: JobsStatus | undefined): Problem[] {
  const problems: Problem[] = [];
  if (beat === null) problems.push({ part: 'worker', what: 'no worker has ever completed a heartbeat job' });
  else if (beat > heartbeatLimit)
    problems.push({ part: 'worker', what: `no heartbeat job was completed for ${Math.round(beat)} s` });
  for (const { id, last } of jobs?.schedules ?? []) {
    // A training that lacks data is no fault of the worker, and starting that again would not help.
    const part = id === 'train-daily' ? 'training' : 'worker';
    if (last?.outcome === 'failed') problems.push({ part, what: `the last run of ${id} failed: ${last.result}` });
  }
  for (const { queue, at, reason } of jobs?.failed ?? []) {
    // A schedule's own failure stands above, until its next run.
    if (queue === 'train' && Date.now() - Date.parse(at) < failureWindowMs)
      problems.push({ part: 'training', what: `a job of ${queue} failed at ${at}: ${reason}` });
  }
  return problems;
}

async function championsStatus(db: QuestDb, venue: string): Promise<ChampionStatus[]> {
  const rows = await db.rows('runs/standing', { venue, timeframe: '1m' });
  return modelNames.map((model) => {
    const row = rows.find((each) => each.model === model);
    return {
      model,
      champion: row?.champion ?? null,
      since: row?.since?.toISOString() ?? null,
      age_hours: row?.since ? (Date.now() - row.since.getTime()) / 3_600_000 : null,
      skill: row?.skill ?? null,
      p_value: row?.p_value ?? null,
      run_id: row?.run_id ?? null,
    };
  });
}

function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
