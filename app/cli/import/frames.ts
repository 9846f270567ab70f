import { Command } from 'commander';
import { settings } from '#app/context.ts';
import { readContractValues } from '#ingest/archives/contract_values.ts';
import { recordedFrames } from '#ingest/archives/frames.ts';
import type { TickFile } from '#ingest/archives/tick_file.ts';
import { runTickImport, type TickOptions, tickOptions } from './ticks.ts';

interface Options extends TickOptions {
  venue?: string;
  contracts?: string;
}

export function framesCommand(): Command {
  const command = new Command('frames')
    .description(
      'import frames in the protocol of Blofin or Binance as `record` writes them, one per line, gzipped or not',
    )
    .argument('<files...>')
    .option('--venue <name>', 'venue of the data (default: from a manifest.json next to the files)')
    .option(
      '--contracts <file>',
      'file with the base coin per contract: {"BTC-USDT": "0.001"} (default: from the manifest; Binance has none)',
    );
  return tickOptions(command).action(async (paths: string[], { venue, contracts, ...options }: Options) => {
    const contractValue = contracts === undefined ? undefined : readContractValues(contracts);
    const { log } = settings();
    const files: TickFile[] = [];
    for (const path of paths) files.push(await recordedFrames(path, { venue, contractValue, log }));
    await runTickImport(files, options);
  });
}
