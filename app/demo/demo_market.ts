import { warmupBars } from '#features/catalogue.ts';
import { candleFilesOf } from '#ingest/recordings/recorded_candles.ts';
import { openMarketAccess } from '#ingest/venues/access.ts';
import { openRecording } from '#ingest/venues/blofin/local/recording.ts';
import { type LocalExchange, startExchange } from '#ingest/venues/blofin/local/server.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';
import { blofin } from '#ingest/venues/blofin/venue.ts';
import type { Venue } from '#ingest/venues/venue.ts';
import { modelHorizons } from '#jobs/train/horizons.ts';
import type { Config } from '#lib/config.ts';
import { UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';

export const marketKinds = ['recording', 'live', 'simulated'] as const;

export type MarketKind = (typeof marketKinds)[number];

export interface MarketRequest {
  /** Unset: a recording where one is given, else Blofin where it answers, else a simulation. */
  kind?: MarketKind;
  recordings?: string;
  /** Market seconds per second of a recording. */
  speed: number;
  /** Instead of Blofin: the address of another exchange that speaks its protocols. */
  exchange?: string;
  liveSeconds: number;
}

/** Where a demo's market comes from. All kinds answer on the same protocols, so all take the same way. */
export interface DemoMarket {
  kind: MarketKind;
  /** Whose protocols it speaks. */
  definition: Venue;
  restUrl: string;
  wsUrl: string;
  /** Starts the ticks of a local exchange, once somebody listens. */
  play(): void;
  /** Candle archives of a recording; the newest day of each is left to REST. */
  candleFiles: string[];
  /** Minutes of history to fetch through REST. */
  historyMinutes: number;
  /** Whose ticks to follow; unset: those whose history is fetched. */
  streamed: string[] | undefined;
  /** How long to follow them; unset: until the market ends. */
  streamSeconds: number | undefined;
  close(): Promise<void>;
}

/** Enough for the warm-up of the features, the common bars of a training and the labels' horizon. */
export function historyMinutes({ training }: Config): number {
  const horizons = modelHorizons({ horizon: training.horizon, firstHorizon: true }).map(({ horizon }) => horizon);
  return warmupBars('1m') + training.bars + Math.max(...horizons) + 60;
}

/** A simulation plays faster than time passes, so that it has whole minutes soon. */
const simulationSettings = { speed: 30, minutes: 4, seed: 1 };

export async function openMarket(request: MarketRequest, config: Config, log: Logger): Promise<DemoMarket> {
  switch (request.kind ?? (await kindThatAnswers(request, config, log))) {
    case 'recording':
      return recording(request, log);
    case 'live':
      return live(request, config, log);
    case 'simulated':
      return simulated(config, log);
  }
}

async function kindThatAnswers(request: MarketRequest, config: Config, log: Logger): Promise<MarketKind> {
  if (request.exchange) return 'live';
  if (request.recordings) return 'recording';
  const { definition, restUrl } = openMarketAccess(config, log);
  log.info({ url: restUrl }, `no recording is given; asking ${definition.name}`);
  return (await definition.reachable(restUrl)) ? 'live' : 'simulated';
}

async function recording({ recordings, speed }: MarketRequest, log: Logger): Promise<DemoMarket> {
  if (!recordings)
    throw new UserError('No recording is given.', 'Name its directory with --recordings or TICKFOREST_RECORDINGS.');
  const market = await openRecording(recordings);
  const topics = await market.topics();
  return {
    ...local('recording', await startExchange({ market, speed, log })),
    candleFiles: await candleFilesOf(recordings, market.origin.venue),
    historyMinutes: 1_440,
    streamed: [...new Set(topics.map((topic) => topic.split(' ')[1]))],
  };
}

async function live({ exchange, liveSeconds }: MarketRequest, config: Config, log: Logger): Promise<DemoMarket> {
  const { definition, restUrl, wsUrl } = openMarketAccess(config, log, { exchange });
  if (!(await definition.reachable(restUrl)))
    throw new UserError(
      `The exchange at ${restUrl} does not answer.`,
      'Use a recording (--recordings DIR) or --market simulated.',
    );
  return {
    kind: 'live',
    definition,
    restUrl,
    wsUrl,
    play: () => {},
    candleFiles: [],
    historyMinutes: historyMinutes(config),
    streamed: undefined,
    streamSeconds: liveSeconds,
    close: async () => {},
  };
}

async function simulated(config: Config, log: Logger): Promise<DemoMarket> {
  const { market, training } = config;
  const { speed, minutes, seed } = simulationSettings;
  // It ends before now: no made-up tick may carry a time that has not come.
  const start = Date.now() - (minutes + 1) * 60_000;
  const symbols = market.symbols.slice(0, training.symbols);
  const simulation = simulateMarket({ symbols, seed, start, historyMinutes: historyMinutes(config) + 60, minutes });
  return {
    ...local('simulated', await startExchange({ market: simulation, speed, log })),
    candleFiles: [],
    historyMinutes: historyMinutes(config),
    streamed: undefined,
  };
}

function local(kind: MarketKind, exchange: LocalExchange) {
  const { restUrl, wsUrl } = exchange;
  return {
    kind,
    definition: blofin,
    restUrl,
    wsUrl,
    play: () => exchange.play(),
    streamSeconds: undefined,
    close: () => exchange.close(),
  };
}
