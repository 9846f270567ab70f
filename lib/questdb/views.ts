import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '#lib/errors.ts';
import type { RowOf } from '#sql/rows.ts';
import type { QuestDb } from './database.ts';

/** How long a view may take before it is told once more to follow. */
const retellMs = 1_000;
/** A view that has not even begun to follow for so long, though it was told to, does not. */
const standsStillMs = 10_000;

type Behind = RowOf<'checks/views_behind'>;

/**
 * Has the coarser candles show every one-minute bar that is stored, and waits until they do. By themselves they follow once
 * a minute, apart from the moment at which bars are closed, but QuestDB 9.3.4 does so only from its next start on: it does not
 * begin the timer of a view that was there before. So workers tell them each minute, and commands when they are done.
 * @throws UserError when QuestDB has declared a view invalid, or it stays behind
 */
export async function viewsCurrent(db: QuestDb, timeoutMs = 60_000): Promise<void> {
  await db.applied(['candles_1m']);
  const first = await db.rows('checks/views_behind');
  // Bars that come meanwhile are not waited for.
  const wanted = new Map(first.map((row) => [row.view_name, row.written]));
  const deadline = Date.now() + timeoutMs;
  let told = Number.NEGATIVE_INFINITY;
  let renewAt = Date.now() + standsStillMs;
  for (let behind = first; ; behind = await db.rows('checks/views_behind')) {
    const left = behind.filter((row) => isInvalid(row) || (row.refreshed ?? -1) < (wanted.get(row.view_name) ?? 0));
    if (left.length === 0) return;
    const invalid = left.find(isInvalid);
    if (invalid)
      throw new UserError(
        `The view ${invalid.view_name} is invalid: ${invalid.invalidation_reason}.`,
        `Run: REFRESH MATERIALIZED VIEW ${invalid.view_name} FULL`,
      );
    if (Date.now() > deadline)
      throw new UserError(
        `The views ${left.map((row) => row.view_name).join(', ')} are still behind candles_1m after ${timeoutMs / 1000} s.`,
        "Look at QuestDB's log.",
      );
    if (Date.now() >= told + retellMs) {
      await refresh(db, left);
      told = Date.now();
    }
    if (Date.now() > renewAt) {
      await renew(
        db,
        left.filter((row) => !hasBegun(row, first)),
      );
      renewAt = Date.now() + standsStillMs;
    }
    await sleep(10);
  }
}

export function isInvalid({ view_status }: Behind): boolean {
  return view_status === 'invalid';
}

function hasBegun({ view_name, began }: Behind, first: readonly Behind[]): boolean {
  return began?.getTime() !== first.find((row) => row.view_name === view_name)?.began?.getTime();
}

/**
 * Has QuestDB make these views anew. One whose step has failed for want of room on the disk takes no further step in 9.3.4,
 * and says nothing of it, until it is made as a whole.
 */
async function renew(db: QuestDb, views: readonly Behind[]): Promise<void> {
  for (const { view_name } of views) await db.query(`REFRESH MATERIALIZED VIEW ${view_name} FULL`);
}

/** Tells QuestDB to bring these views up to date; it does so by and by. */
export async function refresh(db: QuestDb, views: readonly Behind[]): Promise<void> {
  for (const { view_name } of views) await db.query(`REFRESH MATERIALIZED VIEW ${view_name} INCREMENTAL`);
}
