import type { QuestDb } from '#lib/questdb/database.ts';
import { minute } from '#lib/time.ts';
import { add, begin, type Checked, iso } from './finding.ts';
import { parametersOf, type Scope } from './scope.ts';

/** Looks for what was not seen: gaps of the ledger that are not healed, minutes without a bar, bars that are partial. */
export async function checkGaps(db: QuestDb, scope: Scope): Promise<Checked> {
  const checked = begin(scope);
  const parameters = parametersOf(scope);
  const { venue, symbols, from, to } = parameters;
  const [{ bars }] = await db.rows('checks/bar_counts', { venue, symbols, from, to });
  checked.looked['one-minute bars'] = bars;
  if (bars === 0) checked.notes.push('no bars: only the ledger was checked');
  add(checked, await db.rows('checks/gaps_left', parameters), (gap) => ({
    what: gap.until === null ? 'gap is open' : 'gap is not healed',
    ...{ symbol: gap.symbol, from: iso(gap.since), to: gap.until === null ? null : iso(gap.until), detail: gap.cause },
  }));
  add(checked, await db.rows('checks/holes', parameters), (hole) => ({
    what: 'no bars',
    ...{ symbol: hole.symbol, from: iso(hole.since), to: iso(hole.until) },
    detail: `${(hole.until - hole.since) / minute} minutes`,
  }));
  add(checked, await db.rows('checks/partial_bars', parameters), (row) => ({
    what: 'bars are partial',
    ...{ symbol: row.symbol, from: iso(row.since), to: iso(row.until), detail: `${row.bars} bars` },
  }));
  return checked;
}
