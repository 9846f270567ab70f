import { setTimeout as sleep } from 'node:timers/promises';
import { growth, type MemorySample } from '#app/bench/endurance.ts';
import { together, WallMarket } from '#app/bench/faults/market.ts';
import { historyMinutes, Pipeline } from '#app/bench/faults/pipeline.ts';
import { quantile } from '#app/bench/ingest/visibility.ts';
import { rssMib } from '#app/bench/peak_memory.ts';
import { type Figure, figure } from '#app/bench/report.ts';
import { queuePrefix } from '#app/context.ts';
import { startExchange } from '#ingest/venues/blofin/local/server.ts';
import { defaultSymbols } from '#lib/config.ts';
import { UserError } from '#lib/errors.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { AnswerLooks } from './account.ts';
import { answersSince, answersVisible } from './answer_watch.ts';
import { type Chain, chainOf, steps } from './chain.ts';
import { modelsTrained } from './models.ts';

export interface LiveBenchOptions {
  minutes: number;
  /** Ticks per second. */
  rate: number;
  /** Ends it before its time, with all that it has started. */
  signal: AbortSignal;
  onProgress: (what: string) => void;
}

/** A bar and how its answers came; milliseconds of the wall's clock. */
export interface AnsweredBar {
  /** Bar-open time. */
  bar: string;
  /** From the order of its close, and from its end, until its answers could be read; null where that is not known. */
  signal_ms: number | null;
  bar_end_ms: number | null;
  /** From the end to the order, from there until a worker began, and of each step. */
  ordered_ms: number | null;
  waited_ms: number | null;
  steps: Chain['took'];
}

export interface LiveMeasured {
  results: Figure[];
  bars: AnsweredBar[];
}

const minuteMs = 60_000;
/** Bars with all models before those that count: QuestDB compiles what it runs often, and what is new runs slowly at first. */
const warmUpBars = 3;
const roles = ['ingest', 'worker'] as const;
type Role = (typeof roles)[number];
const sampleMs = 10_000;
/** Past each minute, where looks at the table do not meet the close. */
const looksAt = [20_000, 35_000, 50_000];
/** Past each minute. */
const doneMs = 12_000;
/** Bars that such a look goes back. */
const lookBack = 10;

/**
 * `up` with five models on a market whose clock is the wall's: how long the answers about a bar take, and whether each is
 * there once and stays as it is.
 */
export async function benchLiveSignals({ minutes, rate, signal, onProgress }: LiveBenchOptions): Promise<LiveMeasured> {
  const market = await WallMarket.open(historyMinutes, paceOf(rate));
  const exchange = await startExchange({ market, autoplay: true });
  const pipeline = new Pipeline(exchange.restUrl, { symbols: defaultSymbols, args: ['--allow-simulated'] });
  let db: QuestDb | undefined;
  try {
    pipeline.start();
    onProgress('waiting for the servers and the history');
    db = new QuestDb((await servicesOf(pipeline, signal)).questdb);
    const { venue } = market.origin;
    const speakers = await modelsTrained(db, pipeline, venue, { signal, onProgress });
    const questions = speakers.flatMap(({ model, horizon }) =>
      defaultSymbols.map((symbol) => ({ model, horizon, symbol })),
    );
    const first = Math.floor(Date.now() / minuteMs) * minuteMs + warmUpBars * minuteMs;
    onProgress(`${questions.length} answers are due of each bar; warming up for ${warmUpBars} bars`);
    const bars = Array.from({ length: minutes }, (_, i) => first + i * minuteMs);
    const looks = new AnswerLooks();
    const look = async (since: number) => looks.look(await answersSince(db!, venue, since), since);
    const memory: MemorySample<Role>[] = [];
    const over = new AbortController();
    const stop = AbortSignal.any([signal, over.signal]);
    const watching = Promise.all([watchMemory(pipeline, memory, first, stop), watchContent(look, first, stop)]);
    // What has failed is told where it is awaited.
    watching.catch(() => {});
    const answered: AnsweredBar[] = [];
    try {
      for (const bar of bars) {
        await sleep(Math.max(0, bar + minuteMs - Date.now()), undefined, { signal });
        const visible = await answersVisible(db, venue, bar, questions.length);
        // By then the jobs know when they were done; a bar that took longer has none of its steps.
        await sleep(Math.max(0, bar + minuteMs + doneMs - Date.now()), undefined, { signal });
        const chain = await chainOf({ redis: pipeline.services()!.redis, prefix: queuePrefix }, bar * 1_000);
        answered.push(describe(bar, visible, chain));
        onProgress(wordsOf(answered.at(-1)!));
      }
    } finally {
      over.abort();
      await watching;
    }
    await look(first);
    const account = looks.account(bars, questions);
    return { bars: answered, results: figuresOf(answered, account, memory) };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    await db?.close();
    await exchange.close();
    await pipeline.end();
  }
}

/** A ticker of each symbol comes every second; the rest are trades, as many of each. */
function paceOf(rate: number): Record<string, number> {
  const trades = (rate - defaultSymbols.length) * (1 - together);
  if (trades <= 0)
    throw new UserError(`${rate} ticks a second are too few.`, `Give more than ${defaultSymbols.length}.`);
  return Object.fromEntries(defaultSymbols.map((symbol) => [symbol, (1_000 * defaultSymbols.length) / trades]));
}

async function servicesOf(pipeline: Pipeline, signal: AbortSignal) {
  for (let waited = 0; waited < 180_000; waited += 500) {
    const services = pipeline.services();
    if (services && pipeline.roles().length === roles.length) return services;
    await sleep(500, undefined, { signal });
  }
  throw new UserError('up did not start within three minutes.', `The end of its log: ${pipeline.lastLines(5)}`);
}

async function watchMemory(pipeline: Pipeline, memory: MemorySample<Role>[], first: number, stop: AbortSignal) {
  for (let n = 0; await until(first + n * sampleMs, stop); n++) {
    const running = pipeline.roles();
    const of = (role: Role) => (running.includes(role) && rssMib(pipeline.pid(role), 'RssAnon')) || Number.NaN;
    memory.push({ minute: (n * sampleMs) / minuteMs, rss: { ingest: of('ingest'), worker: of('worker') } });
  }
}

async function watchContent(look: (since: number) => Promise<void>, first: number, stop: AbortSignal) {
  for (let minute = first; ; minute += minuteMs)
    for (const at of looksAt) {
      if (!(await until(minute + at, stop))) return;
      await look(Math.max(first, minute - lookBack * minuteMs));
    }
}

/** False where it was stopped before. */
function until(at: number, signal: AbortSignal): Promise<boolean> {
  return sleep(Math.max(0, at - Date.now()), true, { signal }).catch(() => false);
}

function describe(bar: number, visible: number, chain: Chain | undefined): AnsweredBar {
  const end = bar + minuteMs;
  const known = (ms: number) => (Number.isFinite(ms) ? ms : null);
  return {
    bar: new Date(bar).toISOString(),
    signal_ms: chain ? known(visible - chain.ordered) : null,
    bar_end_ms: known(visible - end),
    ordered_ms: chain ? chain.ordered - end : null,
    waited_ms: chain?.waited ?? null,
    steps: chain?.took ?? {},
  };
}

function wordsOf({ bar, signal_ms, bar_end_ms, ordered_ms, waited_ms, steps: took }: AnsweredBar): string {
  const parts = steps.map((step) => `${step} ${took[step] ?? '–'}`).join(', ');
  const order = `ordered ${ordered_ms ?? '–'} ms after its end, waited ${waited_ms ?? '–'}, ${parts}`;
  return `${bar.slice(11, 16)}: signals after ${signal_ms ?? '–'} ms (bar end ${bar_end_ms ?? '–'}): ${order}`;
}

function figuresOf(
  bars: readonly AnsweredBar[],
  account: ReturnType<AnswerLooks['account']>,
  memory: readonly MemorySample<Role>[],
): Figure[] {
  // A bar whose answers did not come, or whose order is not known, is the slowest of all, and not left out.
  const of = (value: (bar: AnsweredBar) => number | null | undefined) =>
    Float64Array.from(bars, (bar) => value(bar) ?? Number.POSITIVE_INFINITY).sort();
  const [signals, ends] = [of((bar) => bar.signal_ms), of((bar) => bar.bar_end_ms)];
  const ms = (name: string, value: number) => figure(name, value, 'ms', 'less');
  const rows = (name: string, value: number, better: 'more' | 'less' = 'less') => figure(name, value, 'rows', better);
  return [
    ms('signal_p50_ms', quantile(signals, 0.5)),
    ms('signal_p99_ms', quantile(signals, 0.99)),
    ms('bar_end_p99_ms', quantile(ends, 0.99)),
    ...steps.map((step) =>
      ms(
        `${step}_p50_ms`,
        quantile(
          of((bar) => bar.steps[step]),
          0.5,
        ),
      ),
    ),
    rows('signals_made', account.signals, 'more'),
    rows('signals_absent', account.absent),
    rows('signals_missing', account.missing),
    rows('signals_doubled', account.doubled),
    rows('signals_rewritten', account.rewritten),
    figure('rss_growth_mib', Math.max(...roles.map((role) => growth(memory, role))), 'MiB', 'less'),
  ];
}
