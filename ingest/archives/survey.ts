import { pairOf } from '#ingest/pair_name.ts';
import { UserError } from '#lib/errors.ts';
import type { ArchiveDatabase } from './archive_database.ts';
import { readAhead } from './read_ahead.ts';
import { type Surveyed, surveyedRows } from './tick_columns.ts';
import type { NamedPair, Survey } from './tick_file.ts';

/** What a survey needs of a file: its parts, as often as they are asked for. */
export interface SurveyedFile {
  path: string;
  /** The names of its instruments, where nothing else of the file need be looked at. */
  names?: readonly string[];
  /** Whether its format states the order of its rows and the unit of its times, so that they need not be looked at. */
  ordered?: boolean;
  parts(scratch: string, from: number, bytes: number): AsyncIterable<SurveyedPart>;
}

export interface SurveyedPart {
  lines?: { file: string; delimiter: number };
  reading: Surveyed;
}

/**
 * Goes over all of a file once, with one statement a part. After that the database knows which pairs its names mean; rows
 * of any other name are refused.
 * @param scratch a folder for files in between
 * @param bytes text in one part
 * @throws UserError when its times are in more than one unit
 */
export async function survey(
  database: ArchiveDatabase,
  file: SurveyedFile,
  scratch: string,
  bytes: number,
): Promise<Survey> {
  const units = new Map<string, string>();
  const pairs = new Map<string, NamedPair>();
  const learn = (name: string | null) => {
    const pair = name === null || pairs.has(name) ? null : pairOf(name);
    if (name !== null && pair) pairs.set(name, { name, ...pair });
  };
  for (const name of file.names ?? []) learn(name);
  const stretches: Survey['stretches'] = {};
  let [rows, later, earlier] = [0, 0, 0];
  const parts = file.names || file.ordered ? [] : readAhead(file.parts(scratch, 0, bytes));
  for await (const part of parts) {
    if (part.lines) await database.run('imports/read_cells', part.lines);
    await database.sql(surveyedRows(part.reading));
    for (const found of await database.rows('imports/survey_part')) {
      if (found.time_unit !== null && !units.has(found.time_unit)) units.set(found.time_unit, found.example);
      learn(found.name);
      rows += found.rows;
      later += found.later;
      earlier += found.earlier;
      const symbol = found.symbol ?? pairs.get(found.name ?? '')?.symbol;
      if (symbol === undefined || found.first === null || found.last === null) continue;
      const { first, last } = stretches[symbol] ?? { first: found.first, last: found.last };
      stretches[symbol] = { first: Math.min(first, found.first), last: Math.max(last, found.last) };
    }
    refuseMixed(file, units);
  }
  await database.run('imports/keep_pairs', { pairs: JSON.stringify([...pairs.values()]) });
  await database.run('imports/number_pairs');
  return { units, pairs: [...pairs.values()], stretches, newestFirst: earlier > 0 && later === 0, rows };
}

const spelled: { [unit: string]: string } = {
  ...{ s: 'seconds', ms: 'milliseconds', us: 'microseconds', ns: 'nanoseconds', text: 'dates' },
};

function refuseMixed({ path }: SurveyedFile, units: ReadonlyMap<string, string>): void {
  if (units.size < 2) return;
  const [[one, first], [other, second]] = units;
  const number = [one, other].find((unit) => unit !== 'text')!;
  throw new UserError(
    `The times in ${path} are in two units: ${spelled[one]} (${clipped(first)}) and ${spelled[other]} (${clipped(second)}).`,
    `Give --time-unit ${number} to refuse the rows in any other unit, or mend the file.`,
  );
}

const clipped = (line: string) => (line.length > 120 ? `${line.slice(0, 120)}…` : line);
