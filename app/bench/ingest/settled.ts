import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { queuePrefix } from '#app/context.ts';
import { readFeedState } from '#jobs/live_state.ts';
import type { QuestDb } from '#lib/questdb/database.ts';

/** Where nothing has moved for so long, nothing more comes. */
const stillMs = 60_000;

/** Once all rows are in the table, or neither they nor what waits has changed for a minute: a slow machine is not a lossy one. */
export async function settled(
  db: QuestDb,
  table: string,
  expected: number,
  waiting: () => Promise<number>,
): Promise<{ rows: number; waiting: number; at: number }> {
  let last = { rows: -1, waiting: -1, at: Date.now() };
  for (;;) {
    const now = { rows: await count(db, table), waiting: await waiting(), at: Date.now() };
    if (now.rows >= expected) return { ...now, waiting: 0 };
    if (now.rows !== last.rows || now.waiting !== last.waiting) last = now;
    else if (now.at - last.at > stillMs) return last;
    await sleep(200);
  }
}

/** What the feed says of itself; it does so every two seconds. */
export async function waitingTicks(redis: Redis): Promise<number> {
  const state = await readFeedState(redis, queuePrefix);
  return state ? state.account.queued + state.account.spooled : 0;
}

/** Rows due within these times (microseconds) that were received after them. */
export async function receivedAfter(
  db: QuestDb,
  table: string,
  { from, to }: { from: number; to: number },
): Promise<number> {
  const late = `ts >= ${Math.round(from)} AND ts < ${Math.round(to)} AND received_at >= ${Math.round(to)}`;
  return (await db.query<{ n: number }>(`SELECT count() AS n FROM ${table} WHERE ${late}`))[0].n;
}

export async function count(db: QuestDb, table: string): Promise<number> {
  return (await db.query<{ n: number }>(`SELECT count() AS n FROM ${table}`))[0].n;
}
