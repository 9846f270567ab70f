import { setTimeout as sleep } from 'node:timers/promises';
import type { MemorySample } from '#app/bench/endurance.ts';
import { together, WallMarket } from '#app/bench/faults/market.ts';
import { historyMinutes, Pipeline } from '#app/bench/faults/pipeline.ts';
import { rssMib } from '#app/bench/peak_memory.ts';
import type { Figure } from '#app/bench/report.ts';
import { queuePrefix } from '#app/context.ts';
import { startExchange } from '#ingest/venues/blofin/local/server.ts';
import { defaultSymbols } from '#lib/config.ts';
import { UserError } from '#lib/errors.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { AnswerLooks } from './account.ts';
import { answersSince, answersVisible } from './answer_watch.ts';
import { chainOf } from './chain.ts';
import { type AnsweredBar, describe, figuresOf, type Role, roles, wordsOf } from './figures.ts';
import { modelsTrained } from './models.ts';

export interface LiveBenchOptions {
  minutes: number;
  /** Ticks per second. */
  rate: number;
  /** Ends it before its time, with all that it has started. */
  signal: AbortSignal;
  onProgress: (what: string) => void;
}

export interface LiveMeasured {
  results: Figure[];
  bars: AnsweredBar[];
}

const minuteMs = 60_000;
/** Bars with all models before those that count: QuestDB compiles what it runs often, and what is new runs slowly at first. */
const warmUpBars = 3;
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
