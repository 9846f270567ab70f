import { Command, InvalidArgumentError, Option } from 'commander';
import { settings } from '#app/context.ts';
import { printJson, say, thousands } from '#app/terminal.ts';
import { readManifest } from '#ingest/recordings/manifest.ts';
import { venues } from '#ingest/venues/registry.ts';
import type { Replay, Venue } from '#ingest/venues/venue.ts';
import { UserError } from '#lib/errors.ts';
import { positiveNumber, symbolList, wholeNumber } from './parse.ts';
import { recordingsOf } from './record.ts';
import { serveUntilStopped } from './serve_exchange.ts';

interface Options {
  speed: number;
  port: number;
  venue?: string;
  frames?: string;
  symbols?: string[];
  start: 'all' | 'first';
  faults?: boolean;
  json?: boolean;
}

export function replayCommand(): Command {
  return new Command('replay')
    .description('serve a recording like an exchange on 127.0.0.1, until it ends or Ctrl-C')
    .argument('[dir]', 'directory with a manifest.json (default: recordings in dataDir)')
    .option('--speed <n>', 'market seconds per second of real time, or max', speed, 1)
    .option('--port <n>', 'port to listen on; 0 takes any free port', wholeNumber(0), 8765)
    .option('--venue <name>', 'venue to play, if the directory has recordings of several venues')
    .option('--frames <path>', 'frames to play, if the manifest lists several')
    .option('--symbols <list>', 'symbols to play, separated by commas (default: all)', symbolList)
    .addOption(
      new Option('--start <when>', 'start once all topics have a subscriber, or with the first subscriber')
        .choices(['all', 'first'])
        .default('all'),
    )
    .option('--faults', 'accept requests for faults by POST on another port of 127.0.0.1')
    .option('--json', 'print the addresses as one JSON document')
    .addHelpText(
      'after',
      '\nOther clients, for example ccxt, can read it too: see “Record and replay” in docs/data.md.',
    )
    .action(async (given: string | undefined, options: Options) => {
      const { config, log } = settings();
      const directory = given ?? recordingsOf(config);
      const { venue, replay } = await protocolOf(directory, config.market.venue);
      const played = await serveUntilStopped(
        () => replay(directory, { ...options, startsWithFirst: options.start === 'first', log }),
        (exchange, faultsUrl) => describe(exchange, venue, faultsUrl, options),
        options.faults,
      );
      if (played !== undefined) say(`Played ${thousands(played)} frames.`, options.json ?? false);
    });
}

/** The venue in whose protocol the directory's frames are: the configured one where it has both. */
async function protocolOf(directory: string, preferred: string) {
  const players = Object.values<Venue>(venues).flatMap((venue) => (venue.local ? [{ venue, ...venue.local }] : []));
  const kinds = new Set((await readManifest(directory)).map(({ kind }) => kind));
  const able = players.filter(({ recordingKinds }) => recordingKinds.some((kind) => kinds.has(kind)));
  const player = able.find(({ venue }) => venue.name === preferred) ?? able[0];
  if (player) return player;
  throw new UserError(
    `${directory} has no recorded frames that can be played.`,
    `These kinds can be played: ${players.flatMap(({ recordingKinds }) => recordingKinds).join(', ')}.`,
  );
}

async function describe(
  exchange: Replay,
  venue: Venue,
  faultsUrl: string | undefined,
  { start, json }: Options,
): Promise<void> {
  const { market, restUrl, wsUrl } = exchange;
  const topics = (await market.topics()).length;
  if (json) {
    const instruments = market.instruments.map(({ instId }) => instId);
    printJson({ restUrl, wsUrl, faultsUrl, protocol: venue.name, venue: market.origin.venue, topics, instruments });
    return;
  }
  const lines = [
    `A recording of ${market.origin.venue}, in the protocol of ${venue.title}:`,
    `  REST       ${restUrl}`,
    `  WebSocket  ${wsUrl}`,
    `  follow it  TICKFOREST_MARKET_VENUE=${venue.name} ./tickforest up --exchange ${restUrl}`,
    start === 'first'
      ? 'It starts with the first subscriber. Press Ctrl-C to stop.'
      : `It starts once each of its ${topics} topics has a subscriber. Press Ctrl-C to stop.`,
  ];
  if (faultsUrl) {
    lines.splice(3, 0, `  faults     curl -H 'content-type: application/json' -d '{"drop":true}' ${faultsUrl}`);
  }
  say(lines.join('\n'), false);
}

function speed(text: string): number {
  if (text === 'max') return Infinity;
  try {
    return positiveNumber(text);
  } catch {
    throw new InvalidArgumentError('Give a number above 0, or max.');
  }
}
