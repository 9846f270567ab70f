import { families } from '#features/catalogue.ts';
import type { FamilyFile } from '#features/header.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros, type FeatureTimeframe, featureTimeframes } from '#lib/timeframe.ts';
import { add, begin, type Checked, iso } from './finding.ts';
import { bothKinds, compareAt, unitsOf } from './recompute.ts';
import { type Difference, describe } from './row_comparison.ts';
import { sampleTimes } from './sample_times.ts';
import type { Scope } from './scope.ts';

export interface LeakOptions {
  /** All that have features, unless given. */
  timeframes?: readonly FeatureTimeframe[];
  /** Random cut times of each timeframe; those at boundaries come besides. */
  cuts?: number;
  seed?: number;
  /** Other families than those of sql/features, and the table that has their columns. */
  planted?: { files: readonly FamilyFile[]; table: string };
  onProgress?: (done: number, total: number) => void;
}

/**
 * Computes features at many cut times anew from data in which later bars are missing at the source, and compares them
 * with the stored ones. A value that is another with later bars present reads them: a leak. One that is the same with and
 * without, but not as stored, was stored of other bars or by another definition.
 */
export async function checkLeak(db: QuestDb, scope: Scope, options: LeakOptions = {}): Promise<Checked> {
  const checked = begin(scope);
  let worst: Worst | undefined;
  for (const timeframe of options.timeframes ?? featureTimeframes) {
    const files = options.planted?.files ?? families(timeframe);
    const at = { ...scope, timeframe, files, table: options.planted?.table ?? `features_${timeframe}` };
    await db.applied([at.table]);
    const times = await sampleTimes(db, scope, { ...at, count: options.cuts ?? 20, seed: options.seed ?? 1 });
    const units = await unitsOf(db, at);
    const features = files.flatMap((file) => file.features);
    let [values, used, changed] = [0, 0, 0];
    for (const [done, ts] of times.entries()) {
      const compared = await compareAt(db, at, ts, units);
      values += compared.values;
      if (compared.values > 0) used++;
      if (compared.worst && compared.worst.error > (worst?.error ?? 0)) worst = { ...compared.worst, timeframe, ts };
      const when = { from: iso(ts), to: iso(ts + barMicros(timeframe)) };
      add(checked, compared.lost, (symbol) => ({
        ...{ what: `${timeframe} row cannot be made anew`, symbol, ...when, detail: 'its bars are not there' },
      }));
      const [old, wrong] = bothKinds(compared);
      changed += old;
      add(checked, wrong, (difference) => ({
        ...{ what: `${timeframe} value ${difference.why}`, symbol: difference.symbol, ...when },
        detail: describe(difference),
      }));
      options.onProgress?.(done + 1, times.length);
    }
    checked.looked[`${timeframe} cuts`] = used;
    checked.looked[`${timeframe} features`] = features.length;
    checked.looked[`${timeframe} values`] = values;
    if (values === 0) checked.notes.push(`${timeframe}: no rows to compare`);
    if (changed > 0)
      checked.notes.push(
        `${timeframe}: ${changed} values are of bars that were changed since: ./tickforest features fill --venue ${scope.venue} --timeframe ${timeframe}`,
      );
  }
  checked.notes.push(worst ? `worst error ${worstText(worst)}` : 'every value is the same to the last bit');
  return checked;
}

type Worst = Difference & { timeframe: FeatureTimeframe; ts: Micros };

function worstText({ error, feature, timeframe, symbol, ts }: Worst): string {
  return `${error.toExponential(1)}: ${feature} of ${timeframe}, ${symbol} at ${iso(ts)}`;
}
