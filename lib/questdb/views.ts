import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '#lib/errors.ts';
import type { QuestDb } from './database.ts';

/**
 * Waits until the coarser candles show every one-minute bar.
 * @throws UserError when QuestDB has declared a view invalid, or it stays behind
 */
export async function viewsCurrent(db: QuestDb, timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    await db.applied(['candles_1m']);
    const behind = await db.rows('checks/views_behind');
    if (behind.length === 0) return;
    const names = behind.map((row) => row.view_name).join(', ');
    const invalid = behind.find((row) => row.view_status === 'invalid');
    if (invalid)
      throw new UserError(
        `The view ${invalid.view_name} is invalid: ${invalid.invalidation_reason}.`,
        `Run: REFRESH MATERIALIZED VIEW ${invalid.view_name} FULL`,
      );
    if (Date.now() > deadline)
      throw new UserError(
        `The views ${names} are still behind candles_1m after ${timeoutMs / 1000} s.`,
        "Look at QuestDB's log.",
      );
    await sleep(50);
  }
}
