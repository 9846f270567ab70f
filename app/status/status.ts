import type { Redis } from 'ioredis';
import type { Ended } from '#app/live/supervision.ts';
import { lastingSuspensions } from '#ingest/transport/cool_down_file.ts';
import { coolDownFileOf } from '#ingest/venues/access.ts';
import {
  type ActiveMarket,
  type FeedState,
  heartbeatAge,
  readFeedState,
  readMarket,
  readStarting,
  type Starting,
} from '#jobs/live_state.ts';
import type { QueueAddress } from '#jobs/queue/queues.ts';
import type { Config } from '#lib/config.ts';
import { type DiskSpace, diskSpace } from '#lib/disk_space.ts';
import { reasonOf } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { tableProblems } from '#lib/questdb/table_health.ts';
import { modelNames } from '#models/catalogue.ts';
import { type AccountStatus, accountStatus } from './account_status.ts';
import { ingestProblems } from './ingest_problems.ts';
import { type JobsStatus, jobsStatus } from './jobs_status.ts';
import { type LateBar, lateBarProblems, lateBars } from './late_bars.ts';
import type { Part, Problem } from './problem.ts';
import { restartProblems, restarts } from './restarts.ts';
import { type SymbolStatus, symbolsStatus } from './symbols_status.ts';
import { workerLives, workerProblems } from './worker_problems.ts';

export interface ChampionStatus {
  model: string;
  /** Bars ahead; null of a model that has no run. */
  horizon: number | null;
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
  disk: DiskSpace;
  /** How each role ended last, of those that this machine's supervisor has started again. */
  ended: Record<string, Ended>;
  /** Hosts that take no REST requests from us, until when and why. Ticks do not need them. */
  suspended: { host: string; until: string; cause: string }[];
  /** How far the history of a start is, in days of symbols; null unless `up` is starting. */
  starting: Starting | null;
  market: ActiveMarket | null;
  feed: Omit<FeedState, 'symbols' | 'account'> | null;
  account: AccountStatus | null;
  heartbeat_age_seconds: number | null;
  symbols: SymbolStatus[];
  /** When the newest signal was made, and of which bar; null where none was in the last day. */
  signals: { bar: string; made: string; age_seconds: number } | null;
  /** Closed bars without features or signals. */
  late_bars: LateBar[];
  queues: JobsStatus['queues'];
  schedules: JobsStatus['schedules'];
  champions: ChampionStatus[];
  failed: JobsStatus['failed'];
}

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
        starting: await readStarting(redis, queues.prefix),
        beat: await heartbeatAge(redis, queues.prefix),
        jobs: await jobsStatus(queues, config.live.dailyAt),
      }))
    : undefined;
  const { market, feed, starting, beat = null, jobs } = fromRedis ?? {};
  const symbols =
    questdb && market
      ? ((await attempt('services', 'symbols', () => symbolsStatus(db, market, feed, config))) ?? [])
      : [];
  const account =
    questdb && feed ? await attempt('ingest', 'ticks cannot be counted', () => accountStatus(db, feed)) : undefined;
  const champions =
    questdb && market ? ((await attempt('services', 'champions', () => championsStatus(db, market.venue))) ?? []) : [];
  const late =
    questdb && market && workerLives(beat) ? ((await attempt('worker', 'bars', () => lateBars(db, market))) ?? []) : [];
  const signals =
    questdb && market ? await attempt('services', 'signals', () => newestSignal(db, market.venue)) : undefined;
  if (starting)
    // What follows from it is not told beside it: there is no feed yet, and nothing to work on.
    problems.push({ part: 'ingest', what: `starting: history ${starting.done}/${starting.total} days of symbols` });
  else if (jobs)
    problems.push(
      ...workerProblems(beat, jobs, market !== undefined),
      ...lateBarProblems(late),
      ...ingestProblems(market, feed, symbols, account, config.ingest.maxRefusedShare),
    );
  const ended = restarts(config);
  problems.push(...restartProblems(ended));
  const ofTables = questdb ? ((await attempt('services', 'tables', () => tableProblems(db))) ?? []) : [];
  problems.push(...ofTables.map((what): Problem => ({ part: 'services', what })));
  const suspended = await attempt('ingest', 'suspensions', async () =>
    lastingSuspensions(coolDownFileOf(config.dataDir)),
  );
  const disk = diskSpace(config.dataDir);
  if (disk.nearlyFull)
    problems.push({ part: 'services', what: `only ${disk.freeMib} MiB are free on the disk of ${config.dataDir}` });
  return {
    healthy: problems.length === 0,
    problems,
    services: { questdb: questdb ? 'answers' : 'does not answer', redis: redisAnswer ? 'answers' : 'does not answer' },
    ...{ disk, ended },
    suspended: (suspended ?? []).map((each) => ({ ...each, until: new Date(each.until).toISOString() })),
    starting: starting ?? null,
    market: market ?? null,
    feed: feed ? shown(feed) : null,
    account: account ?? null,
    heartbeat_age_seconds: beat,
    symbols,
    signals: signals ?? null,
    late_bars: late,
    queues: jobs?.queues ?? [],
    schedules: jobs?.schedules ?? [],
    champions,
    failed: jobs?.failed ?? [],
  };
}

async function newestSignal(db: QuestDb, venue: string): Promise<Status['signals']> {
  const [{ now }] = await db.rows('freshness/market_clock', { venue });
  if (!now) return null;
  const since = new Timestamp(Math.max(0, now.getTime() * 1_000 - 86_400_000_000));
  const [{ ts, created_at: made }] = await db.rows('signals/newest_made', { venue, since });
  if (!ts || !made) return null;
  return {
    bar: ts.toISOString(),
    made: made.toISOString(),
    age_seconds: (Date.now() - made.getTime()) / 1_000,
  };
}

function shown({ symbols: _symbols, account: _account, ...feed }: FeedState): Status['feed'] {
  return feed;
}

async function championsStatus(db: QuestDb, venue: string): Promise<ChampionStatus[]> {
  const rows = await db.rows('runs/standing', { venue, timeframe: '1m' });
  return modelNames.flatMap((model) => {
    const own = rows.filter((each) => each.model === model);
    return (own.length > 0 ? own : [undefined]).map((row) => ({
      model,
      horizon: row?.horizon ?? null,
      champion: row?.champion ?? null,
      since: row?.since?.toISOString() ?? null,
      age_hours: row?.since ? (Date.now() - row.since.getTime()) / 3_600_000 : null,
      skill: row?.skill ?? null,
      p_value: row?.p_value ?? null,
      run_id: row?.run_id ?? null,
    }));
  });
}

function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
