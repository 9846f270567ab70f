import { createHash } from 'node:crypto';
import { UserError } from '#lib/errors.ts';
import type { Timeframe } from '#lib/timeframe.ts';
import { statement, statementsIn } from '#sql/read.ts';
import { definition } from './compose.ts';
import { type FamilyFile, type Feature, parseFamily, parseNewest } from './header.ts';

let files: FamilyFile[] | undefined;

/**
 * The files of sql/features/families that make features of a timeframe, read once. Their numbers order them, and with them
 * the columns of the feature table.
 * @throws UserError when a header is malformed or two features have one name
 */
export function families(timeframe: Timeframe = '1m'): FamilyFile[] {
  files ??= checked(readFamilies());
  return files.filter((file) => file.timeframes.some((known) => known === timeframe));
}

/** Each file of a family, with that of its newest bar where there is one. */
function readFamilies(): FamilyFile[] {
  const names = statementsIn('features/families');
  const isNewest = (name: string) => name.endsWith('.newest');
  return names
    .filter((name) => !isNewest(name))
    .map((name) => {
      const family = parseFamily(name, statement(name));
      const newest = `${name}.newest`;
      return names.includes(newest) ? { ...family, newest: parseNewest(newest, statement(newest)) } : family;
    });
}

function checked(parsed: FamilyFile[]): FamilyFile[] {
  const seen = new Map<string, string>();
  for (const { name, file } of parsed.flatMap(({ features }) => features)) {
    const other = seen.get(name);
    if (other) throw new UserError(`The feature ${name} stands in ${other} and again in ${file}.`, 'Rename one.');
    seen.set(name, file);
  }
  return parsed;
}

/** Every feature of a timeframe, in the order of the columns. The one-minute bars have all that there are. */
export function catalogue(timeframe: Timeframe = '1m'): Feature[] {
  return families(timeframe).flatMap(({ features }) => features);
}

/** Columns of the feature table that are no features: the next bar's recursions continue from them. */
export function helperColumns(timeframe: Timeframe): string[] {
  const features = new Set(catalogue(timeframe).map(({ name }) => name));
  return families(timeframe).flatMap(({ state }) => state.filter((name) => !features.has(name)));
}

/** Bars of a run that have to pass before a bar is emitted: the longest warm-up. */
export function warmupBars(timeframe: Timeframe = '1m'): number {
  return Math.max(...catalogue(timeframe).map((feature) => feature.warmup));
}

/** Names the definition of all features of a timeframe: 16 hex digits over the statements that make them, without comments. */
export function setHash(timeframe: Timeframe): string {
  return createHash('sha256')
    .update(definition(timeframe, families(timeframe)))
    .digest('hex')
    .slice(0, 16);
}
