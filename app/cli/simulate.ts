import { Command, InvalidArgumentError } from 'commander';
import { settings } from '#app/context.ts';
import { historyMinutes } from '#app/demo/demo_market.ts';
import { progress, say, thousands } from '#app/terminal.ts';
import type { LocalExchange } from '#ingest/local_exchange/market_server.ts';
import { startExchange } from '#ingest/venues/blofin/local/server.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';
import { blofin } from '#ingest/venues/blofin/venue.ts';
import { modelHorizons } from '#jobs/train/horizons.ts';
import type { Config } from '#lib/config.ts';
import { positiveNumber, symbolList, wholeNumber } from './parse.ts';
import { serveUntilStopped } from './serve_exchange.ts';

interface Options {
  port: number;
  symbols?: string[];
  historyMinutes?: number;
  speed: number;
  seed: number;
  json?: boolean;
}

const banner =
  'SIMULATED MARKET: its prices are made up. They say nothing about a real market, and no model of them can be promoted.';

/** A market that is faster than time begins this far in the past: `up` rejects ticks that are an hour old. */
const behindMs = 55 * 60_000;

export function simulateCommand(): Command {
  return new Command('simulate')
    .description('serve a simulated market in real time, like an exchange on 127.0.0.1, until Ctrl-C')
    .option('--port <n>', 'port to listen on; 0 takes any free port', wholeNumber(0), 0)
    .option('--symbols <list>', 'symbols to simulate, separated by commas (default: market.symbols)', symbolList)
    .option(
      '--history-minutes <n>',
      'minutes of candles before it starts (default: enough to train on, by training.bars)',
      wholeNumber(1),
    )
    .option(
      '--speed <n>',
      'market seconds per second; above 1, it begins 55 minutes ago and goes on in real time once it has caught up',
      speed,
      1,
    )
    .option('--seed <n>', 'seed of the prices', wholeNumber(0), 1)
    .option('--json', 'print the addresses as one JSON document on one line, then go on serving until Ctrl-C')
    .addHelpText(
      'after',
      '\nEach simulation is another market, also with the same seed: its prices do not go on where an earlier one ended. Follow' +
        '\nit with a data directory (TICKFOREST_DATA_DIR) that has no rows of an earlier one.',
    )
    .action(async (options: Options) => {
      const { config, log } = settings();
      process.stderr.write(`${banner}\n`);
      const market = await simulate(options, config);
      // In real time it first makes up for the part of the minute that has passed, and for the time that its history took.
      const pace = options.speed === 1 ? Infinity : options.speed;
      await serveUntilStopped(
        () => startExchange({ market, port: options.port, speed: pace, realTime: true, autoplay: true, log }),
        (exchange) => describe(exchange, options, config),
      );
    });
}

/** The market with its history made: whoever asks for candles does not wait for it. */
async function simulate({ symbols, historyMinutes: asked, speed, seed }: Options, config: Config) {
  const start = Date.now() - (speed > 1 ? behindMs : 0);
  const listed = symbols ?? config.market.symbols;
  const market = simulateMarket({ symbols: listed, seed, start, historyMinutes: asked ?? enough(config) });
  const bar = progress('history', listed.length);
  try {
    for (const [done, symbol] of listed.entries()) {
      bar.update(done, listed.length, symbol);
      await market.candles(symbol, market.startsAt);
    }
  } finally {
    bar.end();
  }
  return market;
}

/** For a training at every horizon, and an hour more. */
function enough(config: Config): number {
  return historyMinutes(config) + Math.max(...modelHorizons(config.training).map(({ horizon }) => horizon)) + 60;
}

function describe({ restUrl: url, wsUrl }: LocalExchange, options: Options, config: Config): void {
  const { speed, seed, json } = options;
  const symbols = options.symbols ?? config.market.symbols;
  const history_minutes = options.historyMinutes ?? enough(config);
  const follow = followCommand(url, options, config);
  if (json) {
    const document = { url, wsUrl, venue: 'sim', simulated: true, symbols, history_minutes, speed, seed, follow };
    process.stdout.write(`${JSON.stringify(document)}\n`);
    return;
  }
  const many = `${symbols.length} symbols with ${thousands(history_minutes)} minutes of history`;
  const lines = [
    `A simulated market of ${many}, in the protocol of ${blofin.title}:`,
    `  REST       ${url}`,
    `  WebSocket  ${wsUrl}`,
    `  follow it  ${follow}`,
    'Press Ctrl-C to stop.',
  ];
  say(lines.join('\n'), false);
}

/** With the settings that it needs beside those of this machine. */
function followCommand(url: string, { symbols }: Options, { market }: Config): string {
  const needed = [
    ...(market.venue === blofin.name ? [] : [`TICKFOREST_MARKET_VENUE=${blofin.name}`]),
    ...(symbols ? [`TICKFOREST_MARKET_SYMBOLS=${symbols.join(',')}`] : []),
  ];
  return [...needed, `./tickforest up --exchange ${url} --allow-simulated`].join(' ');
}

function speed(text: string): number {
  const value = positiveNumber(text);
  if (value < 1 || value === Infinity) throw new InvalidArgumentError('Give a number of 1 or more.');
  return value;
}
