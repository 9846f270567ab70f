import { setTimeout as sleep } from 'node:timers/promises';
import { type AnswerAccount, type AnswerRow, judgeAnswers, type Question } from '#app/bench/live/account.ts';
import { answersSince } from '#app/bench/live/answer_watch.ts';
import { storeSpeakingRun } from '#jobs/predict/testing/speaking_run.ts';
import { UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { symbols } from './market.ts';
import type { Pipeline } from './pipeline.ts';

/** Whose market it is to ingest, see `MarketProxy`. */
const venue = 'blofin';
const minuteMs = 60_000;
/** Its first answers come with the next bar; a machine with other work takes its time. */
const firstMs = 240_000;
/** Time between what the stored run was trained on and now. */
const trainedBefore = 60 * minuteMs;

/**
 * Stores a run that speaks, so that signals are due whatever becomes of the training that goes on, and waits until each
 * symbol has one.
 */
export async function firstSignals(db: QuestDb, pipeline: Pipeline): Promise<void> {
  const until = (Date.now() - trainedBefore) * 1_000;
  await storeSpeakingRun(db, pipeline.directory, { venue, runId: 'planted', until });
  for (const deadline = Date.now() + firstMs; Date.now() < deadline; await sleep(1_000)) {
    const rows = await answersSince(db, venue, 0);
    if (new Set(rows.filter(({ run_id }) => run_id === 'planted').map(({ symbol }) => symbol)).size === symbols.length)
      return;
  }
  throw new UserError(
    `There were no signals within ${firstMs / 1_000} s.`,
    `The end of its log: ${pipeline.lastLines(5)}`,
  );
}

/**
 * How the answers about each minute's bars stand that have closed before `end` (milliseconds): from the first answer of a
 * model at a horizon about a symbol on, each bar has exactly one.
 */
export async function readAnswers(db: QuestDb, end: number): Promise<Map<number, AnswerAccount>> {
  return judgeAnswersUntil(await answersSince(db, venue, 0), end);
}

export function judgeAnswersUntil(rows: readonly AnswerRow[], end: number): Map<number, AnswerAccount> {
  const starts = new Map<string, { at: number; question: Question }>();
  for (const { ts, model, horizon, symbol } of rows) {
    const name = `${symbol} ${model} ${horizon}`;
    const at = Math.min(ts.getTime(), starts.get(name)?.at ?? Number.POSITIVE_INFINITY);
    starts.set(name, { at, question: { model, horizon, symbol } });
  }
  const due = new Map<number, Question[]>();
  for (const { at, question } of starts.values())
    for (let bar = at; bar + minuteMs <= end; bar += minuteMs) {
      const others = due.get(bar);
      if (others) others.push(question);
      else due.set(bar, [question]);
    }
  return judgeAnswers(rows, due);
}

/** Of the bars that closed within this time (milliseconds). */
export function answersBetween(
  answers: ReadonlyMap<number, AnswerAccount>,
  from: number,
  to: number,
): { signals_missing: number; signals_doubled: number } {
  const within = [...answers].filter(([bar]) => bar + minuteMs >= from && bar + minuteMs < to).map(([, each]) => each);
  return {
    signals_missing: within.reduce((sum, { missing }) => sum + missing, 0),
    signals_doubled: within.reduce((sum, { doubled }) => sum + doubled, 0),
  };
}
