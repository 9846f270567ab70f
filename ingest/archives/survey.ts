import { type Pair, pairOf } from '#ingest/pair_name.ts';
import { UserError } from '#lib/errors.ts';
import type { ArchiveDatabase } from './archive_database.ts';
import { readAhead } from './read_ahead.ts';
import { type Reading, surveyedRows } from './tick_columns.ts';

/** What a survey needs of a file: its parts, as often as they are asked for. */
export interface SurveyedFile {
  path: string;
  /** The names of its instruments, where nothing else of the file need be looked at. */
  names?: readonly string[];
  parts(scratch: string, from: number, bytes: number): AsyncIterable<SurveyedPart>;
}

export interface SurveyedPart {
  lines?: { file: string; delimiter: number };
  reading: Omit<Reading<string>, 'columns'>;
}

/** A name as a file has it, and the pair that it means. */
export interface NamedPair extends Pair {
  name: string;
}

/** What is known of a file as a whole before any of its rows is taken. */
export interface Survey {
  /** An example row of each unit that its times are in; more than one is refused. */
  units: Map<string, string>;
  /** The names that mean a pair. */
  pairs: NamedPair[];
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
  const parts = file.names ? [] : readAhead(file.parts(scratch, 0, bytes));
  for await (const part of parts) {
    if (!part.reading.timeUnit && !part.reading.name) break;
    if (part.lines) await database.run('imports/read_cells', part.lines);
    await database.sql(surveyedRows(part.reading));
    for (const { name, time_unit: unit, example } of await database.rows('imports/survey_part')) {
      if (unit !== null && !units.has(unit)) units.set(unit, example);
      learn(name);
    }
    refuseMixed(file, units);
  }
  await database.run('imports/learn_pairs', { pairs: JSON.stringify([...pairs.values()]) });
  return { units, pairs: [...pairs.values()] };
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
