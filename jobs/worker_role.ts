import type { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Config } from '#lib/config.ts';
import { reasonOf } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { resumeSuspended, tableProblems } from '#lib/questdb/table_health.ts';
import { floorMinute, type MinuteRange } from '#lib/time.ts';
import { type FeatureTimeframe, featureTimeframes } from '#lib/timeframe.ts';
import { type CloseRequest, closeMinutes } from './candles/close.ts';
import { measureFreshness } from './candles/freshness.ts';
import { type FillResult, fillNewFeatures } from './features/fill_new.ts';
import { fillClosedLabels, type LabelResult } from './labels/fill_closed.ts';
import { type ActiveMarket, beat, readMarket } from './live_state.ts';
import { answerBars } from './predict/answer_bars.ts';
import type { PredictResult } from './predict/request.ts';
import { leftoverJobs } from './queue/leftover_jobs.ts';
import { openQueue } from './queue/queues.ts';
import { reconcileSchedules, type Schedule, schedules } from './queue/schedules.ts';
import { startWorker, type WorkerContext } from './queue/worker.ts';
import { type DailyResult, trainDaily } from './train/daily.ts';
import { FrameServer } from './train/shared_frames.ts';
import { limitQueues, startTrainer } from './workers.ts';

export interface WorkerRoleContext extends WorkerContext {
  redis: Redis;
  config: Config;
}

/** Work that a job had none of, in words for `status`. */
interface Idle {
  idle: string;
}

const idle: Idle = { idle: 'no market has been ingested yet' };

/** Ticks older than this are not looked for when minutes are closed by schedule. */
const reach = 86_400_000_000;

/** Between two looks at the schedules, and at suspended tables. */
const keepMs = 20_000;

/** A job that follows another. While one is at work the newest request waits, and older ones are merged into it. */
const following = (venue: string, timeframe: FeatureTimeframe) => ({
  deduplication: { id: `${venue} ${timeframe}`, keepLastIfActive: true },
  attempts: 5,
  backoff: { type: 'exponential' as const, delay: 1_000 },
});

/**
 * The worker role: closes minutes, then fills features, then predicts, and the same for coarser bars; measures freshness, trains daily, and proves by a
 * heartbeat job that jobs are worked off. Several may run on one Redis and share the work.
 */
export async function startWorkerRole(context: WorkerRoleContext): Promise<{ close(): Promise<void> }> {
  const { db, dataDir, queues, redis, config } = context;
  const wanted = schedules(config.live.dailyAt);
  await limitQueues(queues);
  await reconcileSchedules(redis, queues, wanted);
  const left = (await leftoverJobs(queues)).filter(({ served }) => !served);
  for (const [queue, jobs] of Map.groupBy(left, (job) => job.queue))
    context.log.info({ queue, jobs: jobs.map(({ name }) => name) }, 'doing what was left in the queue');
  const features = openQueue<Following, unknown>(queues, 'features');
  const predictions = openQueue<Following, unknown>(queues, 'predict');
  const labels = openQueue<Following, unknown>(queues, 'labels');

  const withMarket = async <T>(work: (market: ActiveMarket) => Promise<T>): Promise<T | Idle> => {
    const market = await readMarket(redis, queues.prefix);
    return market ? work(market) : idle;
  };
  const workers = [
    startWorker<Partial<CloseRequest>, unknown>(context, 'close', async (job) => {
      const result = await close(db, job, withMarket);
      await withMarket(({ venue }) => follow(features, venue, '1m'));
      return result;
    }),
    startWorker<Partial<Following>, FillResult | Idle>(context, 'features', ({ data: { timeframe = '1m' } }) =>
      withMarket(async ({ venue }) => {
        const result = await fillNewFeatures(db, venue, timeframe);
        await follow(predictions, venue, timeframe);
        return result;
      }),
    ),
    startWorker<Partial<Following>, PredictResult | Idle>(context, 'predict', ({ data: { timeframe = '1m' } }) =>
      withMarket(async ({ venue, symbols, clock }) => {
        try {
          return await answerBars(db, dataDir, {
            ...{ venue, symbols, clock, timeframe, staleSeconds: config.ingest.staleSeconds },
            limits: config.signals,
          });
        } finally {
          // The rest comes after it: it would take the server's time from the answers of each minute.
          if (timeframe === '1m') {
            for (const coarser of featureTimeframes.filter((name) => name !== '1m'))
              await follow(features, venue, coarser);
            await follow(labels, venue, '1m');
          }
        }
      }),
    ),
    startWorker<object, LabelResult[] | Idle>(context, 'labels', () =>
      withMarket(async ({ venue, symbols }) => {
        const filled: LabelResult[] = [];
        for (const timeframe of featureTimeframes)
          filled.push(await fillClosedLabels(db, { venue, symbols, timeframe }));
        return filled;
      }),
    ),
    startWorker<object, unknown>(context, 'freshness', () =>
      withMarket(async ({ venue, clock }) => {
        // What QuestDB acknowledges and does not show looks like success to everybody who writes.
        for (const problem of await tableProblems(db)) context.log.error(problem);
        return measureFreshness(db, { venue, clock, staleSeconds: config.ingest.staleSeconds });
      }),
    ),
    startWorker<object, void>(context, 'heartbeat', () => beat(redis, queues.prefix)),
  ];
  const frames = new FrameServer();
  const trainers = [
    startWorker<object, DailyResult | Idle>(
      context,
      'daily',
      () => withMarket((market) => trainDaily({ db, queues, dataDir }, config.training, market)),
      { lockDuration: 60_000 },
    ),
    startTrainer(context, 'train', frames),
    startTrainer(context, 'tune', frames),
  ];
  await Promise.all([...workers, ...trainers].map((worker) => worker.waitUntilReady()));
  let looking = Promise.resolve();
  const keeping = setInterval(() => {
    looking = Promise.all([keepSchedules(context, wanted), resumeTables(context)]).then(() => {});
  }, keepMs);
  return {
    close: async () => {
      clearInterval(keeping);
      await looking;
      // A training takes too long to be waited for: the next worker does it again, and the same work is the same run.
      await Promise.all([...workers.map((worker) => worker.close()), ...trainers.map((worker) => worker.close(true))]);
      await Promise.all([features.close(), predictions.close(), labels.close()]);
    },
  };
}

/** A Redis that has lost its data tells nobody: what the queues need to go on is looked after by each worker. */
async function keepSchedules({ redis, queues, log }: WorkerRoleContext, wanted: Schedule[]): Promise<void> {
  try {
    await limitQueues(queues);
    const restored = await reconcileSchedules(redis, queues, wanted);
    if (restored.length > 0)
      log.warn({ schedules: restored }, 'schedules were missing in Redis and have been restored');
  } catch (error) {
    log.warn({ reason: reasonOf(error) }, 'schedules not looked after; trying again');
  }
}

async function resumeTables({ db, log }: WorkerRoleContext): Promise<void> {
  try {
    const resumed = await resumeSuspended(db);
    if (resumed.length > 0) log.warn({ tables: resumed }, 'suspended tables: QuestDB was told to try again');
  } catch (error) {
    log.warn({ reason: reasonOf(error) }, 'suspended tables not looked after; trying again');
  }
}

type WithMarket = <T>(work: (market: ActiveMarket) => Promise<T>) => Promise<T | Idle>;

/** An order of the ingest role names its minutes; the scheduled job closes what such an order has not. */
async function close(db: QuestDb, { data }: Job<Partial<CloseRequest>>, withMarket: WithMarket): Promise<unknown> {
  if (data.ranges && data.venue)
    return closeMinutes(db, { venue: data.venue, symbols: data.symbols ?? [], ranges: data.ranges });
  return withMarket(async ({ venue, symbols }) => {
    const range = await closable(db, venue);
    return range ? closeMinutes(db, { venue, symbols, ranges: [range] }) : { minutes: 0 };
  });
}

async function closable(db: QuestDb, venue: string): Promise<MinuteRange | undefined> {
  const [newest] = await db.rows('candles/newest_tick', { venue });
  // A venue without ticks has no row.
  if (!newest) return undefined;
  const since = new Timestamp(newest.newest.getTime() * 1000 - reach);
  const [{ first_open }] = await db.preparedRows('candles/closable', { venue, since });
  const from = first_open.getTime() * 1000;
  const to = floorMinute(newest.newest.getTime() * 1000 - 2_000_000);
  return to > from ? { from, to } : undefined;
}

interface Following {
  timeframe: FeatureTimeframe;
}

async function follow(queue: Queue<Following, unknown>, venue: string, timeframe: FeatureTimeframe): Promise<void> {
  await queue.add('newest', { timeframe }, following(venue, timeframe));
}
