import { fillFeatures } from '#features/fill.ts';
import type { FamilyFile } from '#features/header.ts';
import type { FeatureBench } from './context.ts';
import { inWords, middle, type Took } from './server_time.ts';
import { emptyTable } from './tables.ts';

export interface Filled {
  /** The first run, in which the server compiles the statements and itself. */
  first: Took;
  /** The middle one of the runs after it. */
  warm: Took;
}

/**
 * Fills the whole history into an empty table, several times: from stored bars to rows that can be read.
 * @param only some families into a table of that name; all of the catalogue into the stored one unless given
 */
export async function runFill(
  { db, market, server, symbols, bars, onProgress }: FeatureBench,
  runs: number,
  only?: { files: readonly FamilyFile[]; table: string },
): Promise<Filled> {
  const table = only?.table ?? 'features_1m';
  const took: Took[] = [];
  for (let run = 0; run <= runs; run++) {
    await emptyTable(db, table);
    took.push(await server.took(() => fillFeatures(db, { venue: market.venue, timeframe: '1m', only })));
    onProgress(`  ${inWords(took.at(-1)!)}`);
    const [{ rows }] = await db.query<{ rows: number }>(`SELECT count() AS rows FROM ${table}`);
    if (rows !== symbols * bars) throw new Error(`${table} has ${rows} rows instead of ${symbols * bars}`);
  }
  const [first, ...rest] = took;
  return { first, warm: middle(rest) };
}
