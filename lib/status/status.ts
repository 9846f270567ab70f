import type { Redis } from 'ioredis';
import { type ActiveMarket, type FeedState, heartbeatAge, readFeedState, readMarket } from '#jobs/active_market.ts';
import { marketNow } from '#jobs/freshness.ts';
import type { QueueAddress } from '#jobs/queues.ts';
import type { Config } from '#lib/config.ts';
import { reasonOf } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { modelNames } from '#models/definition.ts';
import { type JobsStatus, jobsStatus } from './jobs_status.ts';

/** The parts whose health can be asked for alone. */
export const parts = ['services', 'ingest', 'worker', 'training'] as const;

export type Part = (typeof parts)[number];

export interface Problem {
  part: Part;
  what: string;
}

export interface SymbolStatus {
  symbol: string;
  /** Age of the newest tick on the market's clock, as the feed says it; null when none came. */
  tick_age_seconds: number | null;
  candle_age_seconds: number | null;
  lag_ms: number | null;
  stale: boolean;
}

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
  feed: Omit<FeedState, 'newest'> | null;
  heartbeat_age_seconds: number | null;
  symbols: SymbolStatus[];
  queues: JobsStatus['queues'];
  schedules: JobsStatus['schedules'];
  champions: ChampionStatus[];
  failed: JobsStatus['failed'];
}

/** A worker completes a heartbeat job every five seconds; a training on all cores may delay one. */
const heartbeatLimit = 45;

/** The ingest role speaks every two seconds. */
const feedLimit = 20;

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
      ? ((await attempt('services', 'freshness', () => symbolsStatus(db, market, feed, config))) ?? [])
      : [];
  const champions =
    questdb && market ? ((await attempt('services', 'champions', () => championsStatus(db, market.venue))) ?? []) : [];
  if (fromRedis) problems.push(...workerProblems(beat, jobs), ...ingestProblems(market, feed, symbols));
  if (questdb) problems.push(...((await attempt('services', 'tables', () => tableProblems(db))) ?? []));
  const { newest: _newest, ...shownFeed } = feed ?? { newest: {} };
  return {
    healthy: problems.length === 0,
    problems,
    services: { questdb: questdb ? 'answers' : 'does not answer', redis: redisAnswer ? 'answers' : 'does not answer' },
    market: market ?? null,
    feed: feed ? (shownFeed as Omit<FeedState, 'newest'>) : null,
    heartbeat_age_seconds: beat,
    symbols,
    queues: jobs?.queues ?? [],
    schedules: jobs?.schedules ?? [],
    champions,
    failed: jobs?.failed ?? [],
  };
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

function ingestProblems(
  market: ActiveMarket | undefined,
  feed: FeedState | undefined,
  symbols: SymbolStatus[],
): Problem[] {
  const problems: Problem[] = [];
  const add = (what: string) => problems.push({ part: 'ingest', what });
  if (!market || !feed) {
    add('no feed has been started');
    return problems;
  }
  const silent = (Date.now() - Date.parse(feed.at)) / 1000;
  if (feed.state === 'stopped') add(`the feed was stopped at ${feed.at}`);
  else if (silent > feedLimit) add(`the ingest process has said nothing for ${Math.round(silent)} s`);
  else if (feed.state !== 'connected') add(`the feed is ${feed.state}${feed.cause ? `: ${feed.cause}` : ''}`);
  if (feed.writer.failures > 0 && feed.writer.queued > 0) add(`${feed.writer.queued} ticks wait for QuestDB`);
  for (const { symbol, tick_age_seconds, stale } of symbols) {
    if (stale)
      add(
        `${symbol} is stale: ${tick_age_seconds === null ? 'no tick yet' : `its newest tick is ${Math.round(tick_age_seconds)} s old`}`,
      );
  }
  return problems;
}

/** Tables that have stopped taking writes, and views that have stopped following. */
async function tableProblems(db: QuestDb): Promise<Problem[]> {
  const suspended = await db.rows<{ name: string }>('checks/suspended');
  const invalid = (
    await db.rows<{ view_name: string; view_status: string; invalidation_reason: string | null }>('checks/views_behind')
  ).filter((row) => row.view_status === 'invalid');
  return [
    ...suspended.map(
      ({ name }): Problem => ({
        part: 'services',
        what: `the table ${name} is suspended; run ALTER TABLE ${name} RESUME WAL`,
      }),
    ),
    ...invalid.map(
      (row): Problem => ({
        part: 'services',
        what: `the view ${row.view_name} is invalid: ${row.invalidation_reason}`,
      }),
    ),
  ];
}

/** The feed's own word on its newest ticks, which is younger than the measurement of the minute, beside that measurement. */
async function symbolsStatus(
  db: QuestDb,
  market: ActiveMarket,
  feed: FeedState | undefined,
  config: Config,
): Promise<SymbolStatus[]> {
  const measured = await db.rows<{ symbol: string; candle_age_seconds: number | null; lag_ms: number | null }>(
    'freshness/newest',
    { venue: market.venue },
  );
  const newest = Object.values(feed?.newest ?? {});
  const now =
    market.clock === 'wall'
      ? Date.now() * 1000
      : newest.length > 0
        ? Math.max(...newest)
        : await marketNow(db, market.venue, 'market');
  return market.symbols.map((symbol) => {
    const row = measured.find((each) => each.symbol === symbol);
    const tick = feed?.newest[symbol];
    const age = tick === undefined ? null : Math.max(0, (now - tick) / 1e6);
    return {
      symbol,
      tick_age_seconds: age,
      candle_age_seconds: row?.candle_age_seconds ?? null,
      lag_ms: row?.lag_ms ?? null,
      stale: age === null || age > config.ingest.staleSeconds,
    };
  });
}

async function championsStatus(db: QuestDb, venue: string): Promise<ChampionStatus[]> {
  const rows = await db.rows<{
    model: string;
    run_id: string;
    champion: string | null;
    since: Date | null;
    skill: number | null;
    p_value: number | null;
  }>('runs/standing', { venue, timeframe: '1m' });
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
