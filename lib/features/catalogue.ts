import { createHash } from 'node:crypto';
import { UserError } from '#lib/errors.ts';
import { statement, Timestamp } from '#lib/questdb/statement.ts';
import { composeFill } from './compose.ts';
import { type Feature, parseHeader, type Relation } from './header.ts';
import type { Timeframe } from './timeframe.ts';

/** The files of sql/features that define features, in the order of the feature table's columns. */
export const familyFiles = [
  'price',
  'volume',
  'cumulative',
  'averages',
  'oscillators',
  'directional',
  'ranges',
  'bands',
  'regime',
] as const;

let features: Feature[] | undefined;

/**
 * Every feature, read once from the headers of sql/features, in the order of the columns.
 * @throws UserError when a header is malformed or two features have one name
 */
export function catalogue(): Feature[] {
  if (!features) {
    const all = familyFiles.flatMap((name) => parseHeader(statement(`features/${name}`), `sql/features/${name}.sql`));
    const seen = new Map<string, string>();
    for (const { name, file } of all) {
      const other = seen.get(name);
      if (other)
        throw new UserError(`The feature ${name} stands in ${other} and again in ${file}.`, 'Rename or remove one.');
      seen.set(name, file);
    }
    features = all;
  }
  return features;
}

/** Bars of a run that have to pass before a bar is emitted: the longest warm-up. */
export function warmupBars(): number {
  return Math.max(...catalogue().map((feature) => feature.warmup));
}

/** Bars that a relation has to have before the first emitted one, so that what came before them no longer shows. */
export function loadBars(relation: Relation): number {
  return Math.max(
    ...catalogue()
      .filter((feature) => feature.reads === relation)
      .map((feature) => feature.reach.bars),
  );
}

const nowhere = new Timestamp(0);

/**
 * Names the definition of all features of a timeframe: 16 hex digits over the statement that makes them, without
 * comments.
 */
export function setHash(timeframe: Timeframe): string {
  const span = {
    venue: '',
    symbol: '',
    history: nowhere,
    approach: nowhere,
    bars: nowhere,
    from: nowhere,
    to: nowhere,
  };
  return createHash('sha256')
    .update(composeFill(timeframe, catalogue(), span, ''))
    .digest('hex')
    .slice(0, 16);
}
