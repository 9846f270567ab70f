import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '#app/context.ts';
import { summaryOf } from '#app/report/run_summary.ts';
import { catalogue } from '#features/catalogue.ts';
import { fillFeatures } from '#features/fill.ts';
import { countDefects } from '#features/quality.ts';
import { backfill } from '#ingest/history/backfill.ts';
import type { Origin } from '#ingest/origin.ts';
import { ingest, type SessionSummary } from '#ingest/session/ingest.ts';
import { writerOptions } from '#ingest/store/options.ts';
import { TickWriter } from '#ingest/store/writer.ts';
import { Limiter } from '#ingest/transport/limiter.ts';
import type { VenueRest } from '#ingest/venues/venue.ts';
import { type CloseClient, withCloseClient } from '#jobs/candles/close_client.ts';
import { measureFreshness } from '#jobs/candles/freshness.ts';
import { importCandles } from '#jobs/import/candles.ts';
import { predictByJob } from '#jobs/predict/by_job.ts';
import { promoteRun } from '#jobs/runs/promote.ts';
import { prepareWindows, skippedOf } from '#jobs/train/horizon_windows.ts';
import type { StoredRun } from '#jobs/train/run.ts';
import { usualSeed } from '#jobs/train/run.ts';
import { type TrainingRequest, trainOn } from '#jobs/train/train_all.ts';
import { startWorkers } from '#jobs/workers.ts';
import { viewsCurrent } from '#lib/questdb/views.ts';
import { isSimulated } from '#lib/venue.ts';
import { gate, gateRunOf } from '#models/promotion_gate.ts';
import { candleCounts } from './candle_counts.ts';
import type { DemoMarket } from './demo_market.ts';
import type { DemoDocument, DemoModel } from './document.ts';

/** Tells how far a stage is; `total` may grow. */
export type StageProgress = (stage: string, done: number, total: number, what?: string) => void;

type Stages = Omit<DemoDocument['seconds'], 'setup' | 'total'>;

export type DemoOutcome = Omit<DemoDocument, 'seconds' | 'console'> & { stages: Stages };

/** The whole pipeline once, on whatever market: history and ticks in, candles, features, models, signals. */
export async function runPipeline(
  context: Context,
  market: DemoMarket,
  onProgress: StageProgress,
): Promise<DemoOutcome> {
  const { config, db, log } = context;
  const limiter = new Limiter({ perMinute: config.market.requestsPerMinute });
  const rest = market.definition.rest({ url: market.restUrl, limiter, log });
  const origin = await rest.origin();
  const { venue } = origin;
  const stages: Stages = { ingest: 0, candles: 0, features: 0, train: 0, predict: 0 };
  const timed = async <T>(stage: keyof Stages, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work();
    stages[stage] += (performance.now() - started) / 1000;
    return result;
  };

  const symbols = await symbolsOf(rest, market, config.training.symbols);
  const skipped: DemoDocument['skipped'] = [];
  const ticks = await withCloseClient(context.worker, async (closeClient) => {
    const summary = await timed('ingest', () =>
      bringIn(context, { market, rest, origin, symbols, closeClient, skipped }, onProgress),
    );
    return summary;
  });
  const candles = await timed('candles', async () => {
    await viewsCurrent(db);
    return candleCounts(db, venue);
  });

  const request: TrainingRequest = {
    venue,
    configured: symbols,
    timeframe: '1m',
    horizon: config.training.horizon,
    // One for each model, for the demo's time counts; `train` takes all of them.
    firstHorizon: true,
    symbols: config.training.symbols,
    bars: config.training.bars,
    folds: config.training.folds,
    seed: usualSeed,
    feeBp: config.training.feeBp,
    // The demo shows the machinery on a simulation too; the gate keeps such a run from ever being promoted.
    allowSimulated: true,
  };
  const prepared = await timed('features', async () => {
    const outcome = await prepareWindows(context.worker, request, (what, done, total) => onProgress(what, done, total));
    // The other symbols get features of the same time on, for their signals.
    const windows = outcome.windows.map(({ window }) => window);
    const others = symbols.filter((symbol) => !windows.some((window) => window.symbols.includes(symbol)));
    const from = Math.min(...windows.map((window) => window.from));
    if (others.length > 0) {
      const filled = await fillFeatures(db, { venue, timeframe: '1m', symbols: others, from }, (done, total) =>
        onProgress('features', done, total),
      );
      skipped.push(...filled.skipped.map(({ symbol, reason }) => ({ what: symbol, reason })));
    }
    return outcome;
  });
  const quality = await countDefects(db, { venue, timeframe: '1m' });

  const workers = await startWorkers(context.worker, ['train', 'predict']);
  try {
    const trained = await timed('train', () =>
      trainOn(context.worker, request, prepared, (what, done, total) => onProgress(what, done, total)),
    );
    const predicted = await timed('predict', async () => {
      const clock = origin.kind === 'live' ? 'wall' : 'market';
      await measureFreshness(db, { venue, clock, staleSeconds: config.ingest.staleSeconds });
      for (const { run_id } of trained.runs) await promoteRun(db, config.dataDir, run_id);
      return predictByJob(context.queues, {
        ...{ venue, timeframe: '1m', clock, staleSeconds: config.ingest.staleSeconds },
        limits: config.signals,
      });
    });
    skipped.push(
      ...predicted.skipped,
      ...skippedOf(prepared.windows).map(({ symbol, reason }) => ({ what: symbol, reason })),
    );
    return {
      simulated: isSimulated(venue),
      market: market.kind,
      venue,
      ticks: { rows: ticks.rows, rejected: ticks.rejected, sources: ticks.sources },
      candles,
      features: { columns: catalogue().length, rows: quality.rows, nulls: quality.nulls, infinite: quality.infinite },
      models: trained.runs.map(modelOf),
      failed: trained.failed,
      signals: predicted.signals,
      skipped,
      stages,
    };
  } finally {
    await workers.close();
  }
}

/** A live exchange's largest pairs; all that a local exchange lists. */
async function symbolsOf(rest: VenueRest, market: DemoMarket, count: number): Promise<string[]> {
  const listed = [...(await rest.instruments()).keys()].filter((symbol) => symbol.endsWith('-USDT'));
  if (market.kind !== 'live') return listed;
  const turnover = new Map((await rest.tickers()).map((ticker) => [ticker.symbol, ticker.quoteVolume24h ?? 0]));
  return listed.sort((a, b) => (turnover.get(b) ?? 0) - (turnover.get(a) ?? 0)).slice(0, count);
}

/** A recording can wait: it need not fill the disk. */
const aheadRows = 100_000;

interface Source {
  market: DemoMarket;
  rest: VenueRest;
  origin: Origin;
  symbols: string[];
  closeClient: CloseClient;
  skipped: DemoDocument['skipped'];
}

/** Archives first, then REST up to now, then ticks, then REST again for the minutes in which the ticks began and ended. */
async function bringIn(context: Context, source: Source, onProgress: StageProgress): Promise<SessionSummary> {
  const { market, closeClient } = source;
  if (market.candleFiles.length > 0) {
    const { length } = market.candleFiles;
    await importCandles(
      { ...context, closeClient },
      { paths: market.candleFiles, leaveLast: market.historyMinutes },
      (done, what) => onProgress('archives', done, length, what),
    );
  }
  await fetchHistory(context, source, market.historyMinutes, onProgress);
  const started = Date.now();
  const summary = await stream(context, source, onProgress);
  // A recording's ticks may be of another year than its candles: there is nothing to complete.
  const passed = Math.ceil((Date.now() - started) / 60_000) + 3;
  if (market.kind !== 'recording') await fetchHistory(context, source, Math.max(passed, 10), onProgress);
  return summary;
}

async function fetchHistory(
  { db }: Context,
  { rest, origin, symbols, closeClient, skipped }: Source,
  minutes: number,
  onProgress: StageProgress,
): Promise<void> {
  const fetched = await backfill(db, rest, { symbols, minutes }, (done, total, what) =>
    onProgress('history', done, total, what),
  );
  skipped.push(...fetched.skipped.map(({ symbol, reason }) => ({ what: symbol, reason })));
  if (fetched.range) await closeClient.close({ venue: origin.venue, symbols: [], ranges: [fetched.range] });
}

async function stream(
  { db, config, log }: Context,
  { market, rest, origin, symbols, closeClient }: Source,
  onProgress: StageProgress,
): Promise<SessionSummary> {
  const streamed = market.streamed ?? symbols;
  const feed = market.definition.feed({
    wsUrl: market.wsUrl,
    instruments: await rest.instruments(),
    symbols: streamed,
    origin,
    log,
  });
  const writer = await TickWriter.connect(db.address, { ...writerOptions(config, origin.venue), aheadRows }, log);
  const ending = new AbortController();
  if (market.streamSeconds !== undefined) {
    // An abort only means that the market ended first.
    sleep(market.streamSeconds * 1000, undefined, { signal: ending.signal }).then(
      () => feed.close(),
      () => {},
    );
  }
  try {
    return await ingest({
      db,
      feed,
      writer,
      venue: origin.venue,
      symbols: streamed,
      log,
      close: async (ranges) => void (await closeClient.close({ venue: origin.venue, symbols: streamed, ranges })),
      onSubscribed: () => market.play(),
      onTick: (rows) => {
        if (rows % 500 === 0) onProgress('ticks', rows, rows);
      },
    });
  } finally {
    ending.abort();
    await feed.close();
    await writer.close();
  }
}

function modelOf(run: StoredRun): DemoModel {
  const { passes, reasons } = gate(gateRunOf(run), null);
  return {
    ...summaryOf(run),
    folds: run.folds,
    fit_seconds: run.fit_seconds,
    promotable: passes,
    why_not: passes ? [] : reasons,
  };
}
