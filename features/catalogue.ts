import { createHash } from 'node:crypto';
import { UserError } from '#lib/errors.ts';
import type { Timeframe } from '#lib/timeframe.ts';
import { statement } from '#sql/read.ts';
import { definition } from './compose.ts';
import { type FamilyFile, type Feature, parseFamily } from './header.ts';

/** The files of sql/features that define features, in the order of the feature table's columns. */
export const familyFiles = [
  'price',
  'volume',
  'cumulative',
  'averages',
  'oscillators',
  'directional',
  'ranges',
  'closes',
  'wilder',
  'candlesticks',
  'activity',
  'moments',
  'channels',
  'calendar',
  'flow',
  'cross',
  'timeframes',
] as const;

let files: FamilyFile[] | undefined;

/**
 * The family files that make features of a timeframe, read once.
 * @throws UserError when a header is malformed or two features have one name
 */
export function families(timeframe: Timeframe = '1m'): FamilyFile[] {
  files ??= checked(familyFiles.map((name) => parseFamily(name, statement(`features/${name}`))));
  return files.filter((file) => file.timeframes.some((known) => known === timeframe));
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
