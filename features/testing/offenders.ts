import type { Row } from '#lib/questdb/database.ts';
import { errorOf } from './relative_error.ts';

/**
 * The features whose stored values are further than `tolerance` from the expected ones, with the worst of each.
 * @param rows stored rows of one symbol, each with its time in milliseconds
 * @param times those of the expected values
 * @param units sizes against which errors of smaller values are measured, by feature
 */
export function offenders(
  rows: readonly (Row & { time: number })[],
  times: readonly number[],
  expected: Readonly<Record<string, readonly number[]>>,
  units: Readonly<Record<string, number>> = {},
  tolerance = 1e-8,
): string[] {
  const at = new Map(times.map((time, i) => [time, i]));
  return Object.entries(expected).flatMap(([name, values]) => {
    let [worst, told] = [0, ''];
    for (const row of rows) {
      const want = values[at.get(row.time) ?? -1];
      const error = errorOf(row[name], want, units[name]);
      if (error > worst) [worst, told] = [error, `${name}: ${error} at ${row.time}: ${row[name]} for ${want}`];
    }
    return worst > tolerance ? [told] : [];
  });
}
