import { setTimeout as sleep } from 'node:timers/promises';
import type { RowOf } from '#sql/rows.ts';
import type { QuestDb } from './database.ts';

/** A view that follows nothing for this long, though its table has news, does not follow. */
const viewPatienceMs = 3_000;

type ViewState = RowOf<'checks/views_behind'>;

/** Tables that have stopped taking writes, and views that have stopped following or lag behind: a sentence on each. */
export async function tableProblems(db: QuestDb): Promise<string[]> {
  const suspended = await db.rows('checks/suspended');
  const first = await db.rows('checks/views_behind');
  const invalid = first.filter((row) => row.view_status === 'invalid');
  return [
    ...suspended.map(({ name }) => `the table ${name} is suspended; run ALTER TABLE ${name} RESUME WAL`),
    ...invalid.map((row) => `the view ${row.view_name} is invalid: ${row.invalidation_reason}`),
    ...(await lagging(db, first)).map(
      (row) => `the view ${row.view_name} is behind ${row.base_table_name} and does not move`,
    ),
  ];
}

/** Views are a little behind whenever something is written; those that make no step in three seconds stand still. */
async function lagging(db: QuestDb, first: ViewState[]): Promise<ViewState[]> {
  let still = first.filter((row) => row.view_status !== 'invalid');
  for (let waited = 0; still.length > 0 && waited < viewPatienceMs; waited += 500) {
    await sleep(500);
    const now = new Map((await db.rows('checks/views_behind')).map((row) => [row.view_name, row]));
    still = still.filter((row) => now.get(row.view_name)?.refreshed === row.refreshed);
  }
  return still;
}
