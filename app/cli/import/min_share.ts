import { basename } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { thousands } from '#app/terminal.ts';
import { UserError } from '#lib/errors.ts';

/** What came of one file. */
export interface Taken {
  path: string;
  rows: number;
  rejected: number;
  rejected_by_reason: { [reason: string]: number };
  /** An example of each reason. */
  examples: { [reason: string]: string };
}

/** The share of a file's rows below which its import has failed. */
export function minShareOption(command: Command): Command {
  return command.option(
    '--min-share <share>',
    "exit with 1 where less than this share of a file's rows was taken, 0 to 1; what was taken stays",
    shareOf,
    0.5,
  );
}

function shareOf(text: string): number {
  const share = Number(text);
  if (text.trim() === '' || !(share >= 0 && share <= 1)) throw new InvalidArgumentError('Give a number from 0 to 1.');
  return share;
}

/** What helps against a reason, where columns can be mapped. */
const remedies: [RegExp, string][] = [
  [/instrument/, 'Say what its symbols are: --map symbol=COLUMN or --map symbol=BTC-USDT.'],
  [/time/, 'Say how its times are written: --time-unit or --time-format; or map another column.'],
  [/number|count/, 'Map another column with --map, or give --decimal-comma.'],
  [/malformed/, 'Its rows must have as many cells as its header, or as --columns names.'],
];

/**
 * What must not pass for a success: an import that took nothing, or too little of a file.
 * @param mapped whether the command has the options of tables
 * @throws UserError that names the main reason and an example of it
 */
export function refuseMostlyRefused(files: readonly Taken[], minShare: number, mapped: boolean): void {
  const nothing = files.every(({ rows }) => rows === 0);
  const lacking = files.find(({ rows, rejected }) => rejected > 0 && (nothing || rows < minShare * (rows + rejected)));
  if (lacking) {
    const { path, rows, rejected, rejected_by_reason, examples } = lacking;
    const [[reason, most]] = Object.entries(rejected_by_reason).sort(([, a], [, b]) => b - a);
    const remedy = mapped ? remedies.find(([pattern]) => pattern.test(reason))?.[1] : undefined;
    throw new UserError(
      `Of ${thousands(rows + rejected)} rows in ${basename(path)}, ${thousands(rows)} were taken; ${thousands(most)} were refused because of "${reason}", for example ${examples[reason]}.`,
      `${remedy ?? 'All that was refused is in the table rejected_ticks.'}${rows > 0 ? ' Or be content with what was taken: --min-share 0.' : ''}`,
    );
  }
  if (nothing)
    throw new UserError(
      `Nothing was taken: ${files.map(({ path }) => basename(path)).join(', ')} ${files.length === 1 ? 'has' : 'have'} no rows.`,
      'Look at what the files hold.',
    );
}
