import { join } from 'node:path';
import { Command } from 'commander';
import { settings } from '#app/context.ts';
import { printJson, say, thousands } from '#app/terminal.ts';
import { type RecordProgress, recordMarket } from '#ingest/session/record_market.ts';
import { Limiter } from '#ingest/transport/limiter.ts';
import { venues } from '#ingest/venues/registry.ts';
import type { Config } from '#lib/config.ts';
import { UserError } from '#lib/errors.ts';
import type { Micros } from '#lib/time.ts';
import { positiveNumber, symbolList } from './parse.ts';
import { stopSignal } from './stop_signal.ts';

interface Options {
  out?: string;
  symbols?: string[];
  exchange?: string;
  minutes?: number;
  json?: boolean;
}

const progressMs = 5_000;

export function recordCommand(): Command {
  return new Command('record')
    .description('record what the sockets send to disk until Ctrl-C, for replay; needs no servers')
    .option('--out <dir>', 'directory to write to (default: recordings in dataDir)')
    .option('--symbols <list>', 'symbols, separated by commas (default: market.symbols)', symbolList)
    .option('--exchange <url>', 'address of another exchange that speaks the venue’s protocol')
    .option('--minutes <n>', 'stop after this many minutes', positiveNumber)
    .option('--json', 'print one JSON document')
    .action(async (options: Options) => {
      const { config, log } = settings();
      const venue = venues[config.market.venue];
      const url = options.exchange ?? config.market.restUrl ?? venue.restUrl;
      await requireExchange(options, config);
      const out = options.out ?? recordingsOf(config);
      const { signal, release } = stopSignal(options.minutes && options.minutes * 60_000);
      say(`Recording to ${out}. Press Ctrl-C to stop.`, options.json ?? false);
      let shownAt = Date.now();
      try {
        const summary = await recordMarket({
          ...{ venue, out, log, signal },
          rest: venue.rest({ url, limiter: new Limiter({ perMinute: config.market.requestsPerMinute }), log }),
          wsUrl: options.exchange ? venue.wsUrlBeside(url) : (config.market.wsUrl ?? venue.wsUrl),
          symbols: options.symbols ?? config.market.symbols,
          onProgress: (progress) => {
            if (Date.now() - shownAt < progressMs) return;
            shownAt = Date.now();
            process.stderr.write(`${progressLine(progress, Date.now() * 1_000)}\n`);
          },
        });
        if (options.json) return printJson({ out, ...summary });
        say(
          `${thousands(summary.written)} frames of ${summary.venue} in ${summary.files} files of ${join(out, summary.path)}, ${megabytes(summary.bytes)}. Play them with ./tickforest replay ${out}`,
          false,
        );
        if (summary.lost > 0) say(`${thousands(summary.lost)} frames were lost; the recording marks where.`, false);
      } finally {
        release();
      }
    });
}

/** Where `record` writes and `replay` looks unless told otherwise. */
export function recordingsOf(config: Config): string {
  return join(config.dataDir, 'recordings');
}

/** `12,345 frames, 1.2 MB; age XRP-USDT 3 s, BTC-USDT 0 s` */
export function progressLine({ counters, newest }: RecordProgress, now: Micros): string {
  const ages = [...newest]
    .map(([symbol, at]) => ({ symbol, seconds: at === undefined ? Infinity : Math.max(0, now - at) / 1e6 }))
    .sort((a, b) => b.seconds - a.seconds);
  const shown = ages.slice(0, 5).map(({ symbol, seconds }) => {
    return `${symbol} ${seconds === Infinity ? 'nothing yet' : `${seconds.toFixed(0)} s`}`;
  });
  const more = ages.length > shown.length ? `, ${ages.length - shown.length} more are younger` : '';
  const lost = counters.lost > 0 ? `, ${thousands(counters.lost)} LOST` : '';
  return `${thousands(counters.written)} frames, ${megabytes(counters.bytes)}${lost}; age ${shown.join(', ')}${more}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Asked once, so that a wrong address is told at once and not after the retries of a long life. */
async function requireExchange({ exchange }: Options, { market }: Config): Promise<void> {
  const venue = venues[market.venue];
  const url = exchange ?? market.restUrl ?? venue.restUrl;
  if (await venue.reachable(url)) return;
  throw new UserError(
    `The exchange at ${url} cannot be reached, and tickforest does not invent data.`,
    exchange
      ? `Check the address, and that this exchange speaks the protocol of ${venue.title}: market.venue is ${market.venue}.`
      : 'Check the network, or name another exchange with --exchange.',
  );
}
