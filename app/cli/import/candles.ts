import { basename } from 'node:path';
import type { Command } from 'commander';
import { withServices } from '#app/context.ts';
import { printJson, printTable, progress, say, thousands } from '#app/terminal.ts';
import { withCloseClient } from '#jobs/candles/close_client.ts';
import { type CandleImportRequest, candleFilesOf, type ImportResult, importCandles } from '#jobs/import/candles.ts';
import { minShareOption, refuseMostlyRefused } from './min_share.ts';

/** What every import of candles can be told. */
export interface CandleFlags {
  json?: boolean;
  minShare: number;
}

/** The options that `runCandleImport` understands. */
export function candleOptions(command: Command): Command {
  return minShareOption(command).option('--json', 'print one JSON document');
}

/**
 * Imports files of candles and shows what came of it.
 * @throws UserError when nothing, or too little of a file, was taken
 */
export async function runCandleImport(
  request: CandleImportRequest,
  { json, minShare }: CandleFlags,
  { mapped = false } = {},
): Promise<void> {
  // What is wrong with a file is told before any server is started.
  const files = await candleFilesOf(request);
  const opened = { ...request, open: async (path: string) => files[request.paths.indexOf(path)] };
  const result = await withServices({}, (context) =>
    withCloseClient(context.worker, async (closeClient) => {
      const bar = progress('import', request.paths.length);
      try {
        return await importCandles({ ...context, closeClient }, opened, (done, what) =>
          bar.update(done, undefined, what),
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

function show(result: ImportResult): void {
  printTable(
    ['symbol', 'venue', 'candles', 'rejected', 'holes', 'from', 'to'],
    result.files.map(({ symbol, venue, rows, rejected, holes, from, to }) => [
      ...[symbol.split(' ').length > 3 ? `${symbol.split(' ').length} symbols` : symbol, venue, thousands(rows)],
      ...[rejected, holes, from ?? '–', to ?? '–'],
    ]),
  );
  for (const { path, rejected_by_reason, examples } of result.files)
    for (const [reason, rows] of Object.entries(rejected_by_reason))
      say(`${basename(path)}: ${thousands(rows)} rejected: ${reason}, for example ${examples[reason]}`, false);
  say(`Imported ${thousands(result.rows)} candles, rejected ${thousands(result.rejected)} lines.`, false);
}
