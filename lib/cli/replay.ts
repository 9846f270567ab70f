import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { openRecording } from '#ingest/exchange/recording.ts';
import { type LocalExchange, startExchange } from '#ingest/exchange/server.ts';
import { settings } from './context.ts';
import { printJson, say, thousands } from './output.ts';
import { positiveNumber, symbolList, wholeNumber } from './parse.ts';
import { recordingsOf } from './record.ts';
import { stopSignal } from './signals.ts';

interface Options {
  speed: number;
  port: number;
  venue?: string;
  frames?: string;
  symbols?: string[];
  json?: boolean;
}

/** For subscribers that are still reading what was sent when the recording ended. */
const lastReadMs = 30_000;

export function replayCommand(): Command {
  return new Command('replay')
    .description('serve a recording as an exchange on 127.0.0.1 until its end or Ctrl-C')
    .argument('[dir]', 'directory with a manifest.json (default: recordings in dataDir)')
    .option('--speed <n>', 'market seconds per second, or max', speed, 1)
    .option('--port <n>', '0: any free one', wholeNumber(0), 8765)
    .option('--venue <name>', 'whose recordings, where the directory has those of several venues')
    .option('--frames <path>', 'which frames, where the manifest lists several')
    .option('--symbols <list>', 'the venue’s names of those to play, separated by commas (default: all)', symbolList)
    .option('--json', 'print the addresses as one JSON document')
    .action(async (directory: string | undefined, options: Options) => {
      const { config, log } = settings();
      const { signal, release } = stopSignal();
      const market = await openRecording(directory ?? recordingsOf(config), { ...options, log });
      const exchange = await startExchange({ market, ...options, autoplay: true, log });
      const stopped = once(signal, 'abort');
      try {
        const topics = (await market.topics()).length;
        if (options.json) {
          const { origin, instruments } = market;
          const { restUrl, wsUrl } = exchange;
          printJson({ restUrl, wsUrl, ...origin, topics, instruments: instruments.map(({ instId }) => instId) });
        } else describe(exchange, market.origin.venue, topics);
        const played = await Promise.race([exchange.finished, stopped]);
        if (typeof played !== 'number') return;
        await left(exchange);
        say(`${thousands(played)} frames played.`, options.json ?? false);
      } finally {
        release();
        await exchange.close();
      }
    });
}

function describe({ restUrl, wsUrl }: LocalExchange, venue: string, topics: number): void {
  say(
    [
      `A recording of ${venue}:`,
      `  REST       ${restUrl}`,
      `  WebSocket  ${wsUrl}`,
      `  use it     ./tickforest up --exchange ${restUrl}`,
      `It begins once each of its ${topics} topics has a subscriber. Ctrl-C ends it.`,
    ].join('\n'),
    false,
  );
}

/** Waits for the subscribers to have read it all. */
async function left(exchange: LocalExchange): Promise<void> {
  const deadline = Date.now() + lastReadMs;
  while (exchange.connections() > 0 && Date.now() < deadline) await sleep(50);
}

function speed(text: string): number {
  if (text === 'max') return Infinity;
  try {
    return positiveNumber(text);
  } catch {
    throw new InvalidArgumentError('Give a number above 0, or max.');
  }
}
