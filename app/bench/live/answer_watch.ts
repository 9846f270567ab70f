import { setTimeout as sleep } from 'node:timers/promises';
import type { QuestDb } from '#lib/questdb/database.ts';
import { bind, Timestamp } from '#lib/questdb/statement.ts';
import type { AnswerRow } from './account.ts';

/** Between two looks for the answers of a bar; no close is ordered before the grace has passed. */
const everyMs = 8;
const graceMs = 1_900;
/** A bar that has no answers by then is looked for no longer. */
const patienceMs = 55_000;
const minuteMs = 60_000;

/**
 * When all answers about a bar can be read, in milliseconds: when the first query that sees them was answered. They may have
 * been there a look earlier, which is a few milliseconds. Infinite where they did not come within a minute.
 * @param bar bar-open time in milliseconds
 */
export async function answersVisible(db: QuestDb, venue: string, bar: number, expected: number): Promise<number> {
  const end = bar + minuteMs;
  await sleep(Math.max(0, end + graceMs - Date.now()));
  const count = bind(`SELECT count() AS rows FROM signals WHERE venue = :venue AND timeframe = '1m' AND ts = :ts`, {
    venue,
    ts: new Timestamp(bar * 1_000),
  });
  while (Date.now() < end + patienceMs) {
    const [{ rows }] = await db.query<{ rows: number }>(count);
    if (rows >= expected) return Date.now();
    await sleep(everyMs);
  }
  return Number.POSITIVE_INFINITY;
}

/** The answers about the bars since that one (milliseconds). */
export function answersSince(db: QuestDb, venue: string, since: number): Promise<AnswerRow[]> {
  return db.query<AnswerRow>(
    bind(`SELECT * FROM signals WHERE venue = :venue AND timeframe = '1m' AND ts >= :since`, {
      venue,
      since: new Timestamp(since * 1_000),
    }),
  );
}
