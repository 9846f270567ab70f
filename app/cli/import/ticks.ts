import { basename } from 'node:path';
import type { Command } from 'commander';
import { withServices } from '#app/context.ts';
import { printJson, printTable, progress, say, thousands } from '#app/terminal.ts';
import type { TickFile } from '#ingest/archives/tick_file.ts';
import { withCloseClient } from '#jobs/candles/close_client.ts';
import type { CoverageResult, TickImportResult } from '#jobs/import/result.ts';
import { importTicks } from '#jobs/import/ticks.ts';
import { minShareOption, refuseMostlyRefused } from './min_share.ts';

/** What every import of ticks can be told. */
export interface TickOptions {
  restart?: boolean;
  whole?: boolean;
  json?: boolean;
  minShare: number;
}

/** The options that `runTickImport` understands. */
export function tickOptions(command: Command): Command {
  return minShareOption(command)
    .option('--restart', 'start again from the beginning, also for files that were already imported')
    .option('--whole', 'vouch that the files have every event from their first to their last: empty minutes were quiet')
    .option('--json', 'print one JSON document');
}

/**
 * Imports files that have been looked at, so that what is wrong with one of them is told before any server is started.
 * @param mapped whether the command has the options of tables
 * @throws UserError when nothing, or too little of a file, was taken
 */
export async function runTickImport(
  files: readonly TickFile[],
  { restart, whole, json, minShare }: TickOptions,
  { mapped = false } = {},
): Promise<void> {
  const result = await withServices({}, (context) =>
    withCloseClient(context.worker, async (closeClient) => {
      const bar = progress('import', 1);
      try {
        const vouched = files.map((file) => ({ ...file, whole }));
        return await importTicks({ ...context, closeClient }, vouched, { restart }, (done, total, what) =>
          bar.update(Math.round(done / 1024), Math.ceil(total / 1024), what === 'closing' ? what : basename(what)),
        );
      } finally {
        bar.end();
      }
    }),
  );
  if (json) printJson(result);
  else show(result);
  refuseMostlyRefused(result.files, minShare, mapped);
}

function show(result: TickImportResult): void {
  printTable(
    ['file', 'venue', 'symbols', 'rows', 'rejected', 'from', 'to'],
    result.files.map((file) => [
      basename(file.path),
      file.venue,
      file.symbols.length > 3 ? `${file.symbols.length} symbols` : file.symbols.join(' ') || '–',
      thousands(file.rows),
      thousands(file.rejected),
      file.from ?? '–',
      file.to ?? '–',
    ]),
  );
  for (const { path, already, rejected_by_reason, examples, remarks } of result.files) {
    if (already) say(`${basename(path)} was already imported; --restart imports it again.`, false);
    for (const [reason, rows] of Object.entries(rejected_by_reason))
      say(`${basename(path)}: ${thousands(rows)} rejected: ${reason}, for example ${examples[reason]}`, false);
    for (const remark of remarks) say(`${basename(path)}: ${remark}.`, false);
  }
  for (const each of result.coverage.slice(0, mostShown)) say(coverageOf(each), false);
  if (result.coverage.length > mostShown)
    say(`… and ${result.coverage.length - mostShown} more symbols; --json has all.`, false);
  say(
    `${thousands(result.rows)} rows, ${thousands(result.rejected)} rejected, ${result.seconds.toFixed(1)} s via ${result.way}.`,
    false,
  );
}

/** Symbols of which it is said what is known of them. */
const mostShown = 10;

const saying = {
  count: 'the ids of its trades count',
  order: 'the ids of its trades grow with time',
  none: 'its trades have no ids that tell their order',
};

/** What is known of a symbol, what is unknown, and why. */
function coverageOf({ venue, symbol, ids, gaps, gap_minutes, missing_trades, longest_gap }: CoverageResult): string {
  if (gaps === 0) return `${symbol}: ${saying[ids]}; no gaps.`;
  const why =
    ids === 'count'
      ? `the ids of its trades jump over ${thousands(missing_trades!)} that are missing`
      : 'nothing proves that minutes without an event were quiet; --whole vouches for them';
  return `${symbol}: ${thousands(gaps)} gaps over ${thousands(gap_minutes)} minutes, the longest from ${longest_gap!.from} to ${longest_gap!.to}: ${why}. ./tickforest check gaps --venue ${venue} lists them.`;
}
