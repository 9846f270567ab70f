import { setTimeout as sleep } from 'node:timers/promises';
import type { QuestDb } from '#lib/questdb/database.ts';

/** The longest rest after a statement. */
const restMs = 1_000;

/**
 * A turn for long work of many statements: while ticks have to wait for the processor, it is called between two statements,
 * waits until the ticks that have come are visible, and then rests for as long as the last statement took.
 * Where ticks do not have to wait, neither does the work.
 */
export function ticksFirst(db: QuestDb): () => Promise<void> {
  let began: number | undefined;
  return async () => {
    const took = began === undefined ? 0 : performance.now() - began;
    if (await db.applied(['ticks'])) await sleep(Math.min(took, restMs));
    began = performance.now();
  };
}
