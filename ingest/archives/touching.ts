import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import type { Micros } from '#lib/time.ts';
import type { EqualRows, ImportState, Stretch, TickFile } from './tick_file.ts';

/**
 * The rows of other files without ids at the instants that a file begins and ends with. Two files that only share such an
 * instant were cut there, so that equal rows of it are different events; two that share more overlap, and equal rows of
 * them are the same. A file with the same stretch as this one is a copy of it, unless all of it is one instant.
 */
export async function touchingRows(
  db: QuestDb,
  file: TickFile,
  state: ImportState,
  others: readonly ImportState[],
): Promise<EqualRows[]> {
  const found: EqualRows[] = [];
  for (const [symbol, own] of Object.entries(state.stretches)) {
    const beside = others.filter((other) => other.venue === file.venue && other !== state && other.stretches[symbol]);
    for (const at of new Set([own.first, own.last])) {
      const there = beside.filter(({ stretches }) => reaches(stretches[symbol], at));
      const copy = there.find(({ path, stretches }) => isCopy(own, stretches[symbol]) || path === state.path);
      if (copy) found.push(...copy.touching.filter((row) => row.symbol === symbol && row.ts === at));
      else if (there.length > 0 && !there.some(({ stretches }) => overlap(own, stretches[symbol])))
        found.push(...(await rowsAt(db, file.venue, symbol, at)));
    }
  }
  return found;
}

const reaches = ({ first, last }: Stretch, at: Micros) => first <= at && at <= last;

const isCopy = (a: Stretch, b: Stretch) => a.first < a.last && a.first === b.first && a.last === b.last;

/** Whether they share more than an instant in which one of them begins or ends. */
function overlap(a: Stretch, b: Stretch): boolean {
  if (a.first === a.last) return b.first < a.first && a.first < b.last;
  if (b.first === b.last) return a.first < b.first && b.first < a.last;
  return Math.max(a.first, b.first) < Math.min(a.last, b.last);
}

/** What QuestDB has of an instant, by content. */
async function rowsAt(db: QuestDb, venue: string, symbol: string, at: Micros): Promise<EqualRows[]> {
  await db.applied(['ticks']);
  const ids = await db.rows('imports/ids_at', { venue, symbol, at: new Timestamp(at) });
  const byDigest = Map.groupBy(ids, ({ event_id }) => event_id.replace(/-\d+$/, ''));
  return [...byDigest].map(([digest, rows]) => ({ symbol, ts: at, digest, rows: rows.length }));
}
