import { UserError } from '#lib/errors.ts';
import type { PartReader } from './part_reader.ts';
import { readAhead } from './read_ahead.ts';
import type { TickFile } from './tick_file.ts';

/** What is known of a file as a whole before any of its rows is taken. */
export interface Survey {
  /** An example row of each unit that its times are in; more than one is refused. */
  units: Map<string, string>;
}

/**
 * Goes over all of a file once, with one statement a part.
 * @param scratch a folder for files in between
 * @param bytes text in one part
 * @throws UserError when its times are in more than one unit
 */
export async function survey(reader: PartReader, file: TickFile, scratch: string, bytes: number): Promise<Survey> {
  const units = new Map<string, string>();
  for await (const part of readAhead(file.parts(scratch, 0, bytes))) {
    if (!part.reading.timeUnit) break;
    for (const { time_unit: unit, example } of await reader.survey(part))
      if (unit !== null && !units.has(unit)) units.set(unit, example);
    refuseMixed(file, units);
  }
  return { units };
}

const spelled: { [unit: string]: string } = {
  ...{ s: 'seconds', ms: 'milliseconds', us: 'microseconds', ns: 'nanoseconds', text: 'dates' },
};

function refuseMixed({ path }: TickFile, units: ReadonlyMap<string, string>): void {
  if (units.size < 2) return;
  const [[one, first], [other, second]] = units;
  const number = [one, other].find((unit) => unit !== 'text')!;
  throw new UserError(
    `The times in ${path} are in two units: ${spelled[one]} (${clipped(first)}) and ${spelled[other]} (${clipped(second)}).`,
    `Give --time-unit ${number} to refuse the rows in any other unit, or mend the file.`,
  );
}

const clipped = (line: string) => (line.length > 120 ? `${line.slice(0, 120)}…` : line);
