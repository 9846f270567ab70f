import { setTimeout as sleep } from 'node:timers/promises';
import type { RowOf } from '#sql/rows.ts';
import type { QuestDb } from './database.ts';
import { isInvalid, refresh } from './views.ts';

/** A view that follows nothing for this long, though its table has news and it was told to, does not follow. */
const viewPatienceMs = 3_000;
const lookMs = 100;

type ViewState = RowOf<'checks/views_behind'>;

/** Tables that have stopped taking writes, and views that have stopped following or lag behind: a sentence on each. */
export async function tableProblems(db: QuestDb): Promise<string[]> {
  const suspended = await db.rows('checks/suspended');
  const first = await db.rows('checks/views_behind');
  const invalid = first.filter(isInvalid);
  return [
    ...suspended.map(
      (row) =>
        `the ${kindOf(row)} ${row.name} is suspended${row.error_message ? `: ${row.error_message}` : ''}; workers try to resume it`,
    ),
    ...invalid.map((row) => `the view ${row.view_name} is invalid: ${row.invalidation_reason}`),
    ...(await lagging(db, first)).map(
      (row) => `the view ${row.view_name} is behind ${row.base_table_name} and does not move`,
    ),
  ];
}

type Suspended = RowOf<'checks/suspended'>;

const kindOf = (row: Suspended) => (row.is_view ? 'view' : 'table');

/**
 * Lets QuestDB try again what it has suspended, mostly because its disk was full; its tag for that is missing too often to
 * go by. Nothing written meanwhile is lost, and where the cause is still there, the same write suspends it again.
 * @returns the names of what it was told to try again
 */
export async function resumeSuspended(db: QuestDb): Promise<string[]> {
  const suspended = await db.rows('checks/suspended');
  for (const row of suspended)
    await db.query(`ALTER ${row.is_view ? 'MATERIALIZED VIEW' : 'TABLE'} ${row.name} RESUME WAL`);
  return suspended.map((row) => row.name);
}

/** Views are behind until they follow by the minute; those that are told to and make no step in three seconds stand still. */
async function lagging(db: QuestDb, first: ViewState[]): Promise<ViewState[]> {
  let still = first.filter((row) => !isInvalid(row));
  await refresh(db, still);
  for (let waited = 0; still.length > 0 && waited < viewPatienceMs; waited += lookMs) {
    await sleep(lookMs);
    const now = new Map((await db.rows('checks/views_behind')).map((row) => [row.view_name, row]));
    still = still.filter((row) => now.get(row.view_name)?.refreshed === row.refreshed);
  }
  return still;
}
