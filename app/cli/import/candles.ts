import { withServices } from '#app/context.ts';
import { printJson, printTable, progress, thousands } from '#app/terminal.ts';
import { candleFile } from '#ingest/archives/candles_csv.ts';
import { withCloseClient } from '#jobs/candles/close_client.ts';
import { type CandleImportRequest, importCandles } from '#jobs/import/candles.ts';

/** Imports files of candles and shows what came of it. */
export async function runCandleImport(request: CandleImportRequest, json: boolean | undefined): Promise<void> {
  // A wrong name is told before any server is started.
  for (const path of request.paths) (request.open ?? candleFile)(path, request.venue);
  const result = await withServices({}, (context) =>
    withCloseClient(context.worker, async (closeClient) => {
      const bar = progress('import', request.paths.length);
      try {
        return await importCandles({ ...context, closeClient }, request, (done, what) =>
          bar.update(done, undefined, what),
        );
      } finally {
        bar.end();
      }
    }),
  );
  if (json) return printJson(result);
  printTable(
    ['symbol', 'venue', 'candles', 'rejected', 'holes', 'from', 'to'],
    result.files.map((file) => [
      file.symbol,
      file.venue,
      thousands(file.rows),
      file.rejected,
      file.holes,
      file.from ?? '–',
      file.to ?? '–',
    ]),
  );
  process.stdout.write(`Imported ${thousands(result.rows)} candles, rejected ${thousands(result.rejected)} lines.\n`);
}
