import { setTimeout as sleep } from 'node:timers/promises';
import { startExchange } from '#ingest/venues/blofin/local/server.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { Accounts } from './account.ts';
import { type BarVerdict, judgeBars } from './bars.ts';
import { blamed } from './blame.ts';
import type { Fault, Rig } from './fault.ts';
import { WallMarket } from './market.ts';
import { failed, limits, type Outcome, outcome } from './outcome.ts';
import { historyMinutes, Pipeline } from './pipeline.ts';
import { MarketProxy } from './proxy.ts';
import { answersBetween, firstSignals, readAnswers } from './signals.ts';
import { readStored } from './stored.ts';
import { type Look, Watch } from './watch.ts';

const minuteMs = 60_000;
/** History, training and the first healthy look; a machine with other work takes its time. */
const startMs = 300_000;
/** What a fault does may show itself only after its end; for so long no other is planted. */
const afterMs = 10_000;
/** So long without a problem, and it is healthy again. */
const steadyMs = 4_000;
/** After the last minute's end: its closing, and the healing of what was missing. */
const closingMs = 15_000;
const healingMs = 60_000;
/** A bar without features waits two minutes for them before it is answered, and so may one that came late. */
const answeringMs = 180_000;

/** When a fault was there, and what the pipeline said of it. */
interface Planted {
  fault: Fault;
  begun: number;
  ended: number;
  /** Healthy again, or given up. */
  over: number;
  /** Why it could not be planted as it should. */
  trouble: string | undefined;
  told: Look | undefined;
  healthyAt: number | undefined;
}

/**
 * Plants faults under one running pipeline, one after the other, each when what the one before has done is over. It ends
 * with the first from which the pipeline does not recover; the others are for another one.
 * @param whole whether the last minute is waited for, and its healing; else only what is closed is judged
 */
export async function runLane(
  faults: readonly Fault[],
  onProgress: (what: string) => void,
  { whole = true }: { whole?: boolean } = {},
): Promise<{ outcomes: Outcome[]; left: readonly Fault[] }> {
  const market = await WallMarket.open(historyMinutes);
  const exchange = await startExchange({ market, autoplay: true });
  const proxy = await MarketProxy.open(exchange);
  const pipeline = new Pipeline(proxy.url, { diskMib: faults[0].diskMib });
  let watch: Watch | undefined;
  try {
    pipeline.start();
    watch = new Watch(pipeline, () => proxy.feeds);
    onProgress(`waiting until a pipeline is healthy, for ${faults.map(({ name }) => name).join(', ')}`);
    const rig = { pipeline, proxy, watch };
    await begun(rig);
    const db = new QuestDb(pipeline.services()!.questdb);
    await firstSignals(db, pipeline).finally(() => db.close());
    const planted: Planted[] = [];
    for (const fault of faults) {
      planted.push(await plant(fault, rig, onProgress));
      if (planted.at(-1)!.healthyAt === undefined) break;
    }
    onProgress(`looking at what ${planted.length} faults have left`);
    const outcomes = await judge(planted, rig, market, whole);
    return { outcomes, left: faults.slice(planted.length) };
  } finally {
    await watch?.stop();
    // The ways to it first: what holds them open would keep this process from its end.
    await proxy.close();
    await exchange.close();
    await pipeline.end();
  }
}

async function begun({ pipeline, watch }: Rig): Promise<void> {
  const steady = () => {
    const since = watch.healthySince();
    return since !== undefined && Date.now() - since > steadyMs;
  };
  if (await watch.until(steady, startMs)) return;
  const last = watch.looks.at(-1)?.problems.join('; ') ?? 'nothing';
  throw new UserError(
    `The pipeline was not healthy within ${startMs / 1_000} s; its status: ${last}.`,
    `The end of its log: ${pipeline.lastLines(5)}`,
  );
}

async function plant(fault: Fault, rig: Rig, onProgress: (what: string) => void): Promise<Planted> {
  const { proxy, watch } = rig;
  const begun = Date.now();
  onProgress(`${fault.name}: ${fault.does}`);
  let trouble: string | undefined;
  try {
    await fault.plant(rig);
  } catch (error) {
    trouble = reasonOf(error);
    onProgress(`${fault.name}: not planted: ${trouble}`);
  }
  proxy.mend();
  const ended = Date.now();
  const healthyAt = () => {
    const since = watch.healthySince();
    const last = watch.looks.at(-1);
    // One look at least that began after the fault's end.
    return since !== undefined && last && last.at - Math.max(since, ended) > steadyMs
      ? Math.max(since, ended)
      : undefined;
  };
  await watch.until(() => healthyAt() !== undefined && Date.now() - ended > afterMs, limits.healthySeconds * 1_000);
  const planted = {
    fault,
    begun,
    ended,
    trouble,
    over: Date.now(),
    told: watch.toldSince(begun),
    healthyAt: healthyAt(),
  };
  const told = planted.told ? `told after ${secondsOf(planted.told.at - begun)} s` : 'not told';
  const healthy =
    planted.healthyAt === undefined ? 'not healthy' : `healthy after ${secondsOf(planted.healthyAt - ended)} s`;
  onProgress(`${fault.name}: ${told}, ${healthy}`);
  if (planted.healthyAt === undefined) onProgress(`${fault.name}: ${watch.looks.at(-1)?.problems.join('; ')}`);
  return planted;
}

/** After the last minute is closed, and what was missing is healed or has had its time. */
async function judge(planted: readonly Planted[], rig: Rig, market: WallMarket, whole: boolean): Promise<Outcome[]> {
  const { over } = planted.at(-1)!;
  const lastMinute = (whole ? Math.ceil(over / minuteMs) : Math.floor((over - closingMs) / minuteMs)) * minuteMs;
  await sleep(Math.max(0, lastMinute + closingMs - Date.now()));
  const services = rig.pipeline.services();
  if (!services) throw new UserError('The servers have gone, and with them what was stored.');
  const db = new QuestDb(services.questdb);
  try {
    const since = (market.startsAt - 2 * 3_600_000) * 1_000;
    const until = planted.at(-1)!.over;
    const all = rig.proxy.recorder.rows.filter(({ at }) => at < until);
    let stored = await readStored(db, since);
    let accounts = new Accounts(stored, market.instruments);
    // The last rows are still on their way, and gaps are still healed.
    const open = () =>
      accounts.of(all).lost_without_row > 0 || (whole && stored.gaps.some(({ event }) => event !== 'healed'));
    for (const deadline = Date.now() + healingMs; open() && Date.now() < deadline; ) {
      await sleep(2_000);
      stored = await readStored(db, since);
      accounts = new Accounts(stored, market.instruments);
    }
    const lacking = () => [...answers.values()].some(({ missing }) => missing > 0);
    let answers = await readAnswers(db, lastMinute);
    for (const deadline = Date.now() + answeringMs; lacking() && Date.now() < deadline; ) {
      await sleep(2_000);
      answers = await readAnswers(db, lastMinute);
    }
    const from = Math.floor(market.startsAt / minuteMs) * minuteMs;
    const verdicts = judgeBars(market, stored.bars, from - 2 * 3_600_000, lastMinute);
    const spans = planted.map(({ fault, begun, over }, i) => {
      const next = planted[i + 1]?.begun ?? over;
      return { begun, over, next, shiftMs: (fault.shiftSeconds ?? 0) * 1_000 };
    });
    const blames = verdicts
      .filter(({ verdict }) => verdict !== 'equal')
      .map((bar) => ({ bar, of: blamed(bar, spans, { market, accounts, gaps: stored.gaps }) }));
    return planted.map(({ fault, begun, ended, trouble, told, healthyAt }, i) => {
      if (trouble !== undefined) return failed(fault, trouble);
      const { examples, ...rows } = accounts.of(
        rig.proxy.recorder.rows.filter(({ at }) => at >= begun && at < spans[i].next),
      );
      const bars = blames.filter(({ of }) => of.includes(spans[i])).map(({ bar }) => bar);
      const lying = bars.filter(({ verdict }) => verdict === 'lying');
      const incomplete = bars.filter(({ verdict }) => verdict === 'incomplete' || verdict === 'missing');
      const harmed = rows.lost > 0 || lying.length > 0 || incomplete.length > 0;
      return outcome({
        ...{ name: fault.name, does: fault.does, quiet: fault.quiet ?? false, ...rows },
        ...{ lying_bars: lying.length, bars_incomplete: incomplete.length, harmed },
        ...answersBetween(answers, begun, planted[i + 1]?.begun ?? Number.POSITIVE_INFINITY),
        told_s: told ? secondsOf(told.at - begun) : null,
        healthy_s: healthyAt === undefined ? null : secondsOf(healthyAt - ended),
        said: told?.problems.join('; ') ?? null,
        examples: [...examples, ...lying.slice(0, 3).map(said)],
      });
    });
  } finally {
    await db.close();
  }
}

function said({ symbol, minute, why }: BarVerdict): string {
  return `the bar of ${symbol} at ${new Date(minute).toISOString().slice(11, 16)}: ${why}`;
}

function secondsOf(ms: number): number {
  return Math.round(ms / 100) / 10;
}
