import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { settings, withServices } from '#app/context.ts';
import { type MarketKind, marketKinds, openMarket } from '#app/demo/demo_market.ts';
import type { DemoDocument } from '#app/demo/document.ts';
import { runPipeline } from '#app/demo/pipeline.ts';
import { type Progress, printJson, printTable, progress, say, thousands } from '#app/terminal.ts';
import { stopServices } from '#lib/services/services.ts';
import { positiveNumber } from './parse.ts';
import { printRuns } from './runs_table.ts';
import { throwFailures } from './training_options.ts';

interface Options {
  market?: MarketKind;
  recordings?: string;
  exchange?: string;
  speed: number;
  liveSeconds: number;
  keep?: boolean;
  json?: boolean;
}

const banner = 'SIMULATED MARKET: all prices below are simulated. They say nothing about a real market.';

export function demoCommand(): Command {
  return new Command('demo')
    .description('run the whole pipeline once and exit: ticks, candles, features, five models, signals, report')
    .addOption(
      new Option(
        '--market <kind>',
        'market to use (default: a recording if given, else Blofin if it answers, else simulated)',
      ).choices(marketKinds),
    )
    .option('--recordings <dir>', 'directory of recordings (default: TICKFOREST_RECORDINGS)')
    .option('--exchange <url>', 'address of another exchange that speaks Blofin’s protocol, for --market live')
    .option('--speed <n>', 'play a recording this many times faster than real time', positiveNumber, 60)
    .option('--live-seconds <n>', 'number of seconds to follow live ticks', positiveNumber, 75)
    .option(
      '--keep',
      'leave QuestDB and Redis running, so that you can look at the tables; ./tickforest down stops them',
    )
    .option('--json', 'print one JSON document')
    .action(run);
}

async function run(options: Options): Promise<void> {
  const json = options.json ?? false;
  const started = performance.now();
  const { config, log } = settings();
  const market = await openMarket(
    { ...options, kind: options.market, recordings: options.recordings ?? config.recordings },
    config,
    log,
  );
  try {
    if (market.kind === 'simulated') say(banner, json);
    const dataDir = join(config.dataDir, market.kind === 'simulated' ? 'demo-simulated' : 'demo');
    // A simulation is not continued by the next one, whose prices have nothing to do with it.
    if (market.kind === 'simulated') await clear(dataDir);
    const document = await withServices({ dataDir, keep: options.keep }, async (context) => {
      const setup = (performance.now() - started) / 1000;
      const stages = new StageBars();
      const outcome = await runPipeline(context, market, stages.update).finally(() => stages.end());
      const { stages: seconds, ...rest } = outcome;
      const total = (performance.now() - started) / 1000;
      return {
        ...rest,
        seconds: rounded({ setup, ...seconds, total }),
        console: options.keep ? context.db.httpUrl : null,
      } satisfies DemoDocument;
    });
    if (json) printJson(document);
    else print(document);
    if (document.simulated) say(banner, json);
    throwFailures(document);
  } finally {
    await market.close();
  }
}

/** One progress bar at a time, a new one for each stage. */
class StageBars {
  #stage = '';
  #bar: Progress | undefined;

  readonly update = (stage: string, done: number, total: number, what?: string): void => {
    if (stage !== this.#stage) {
      this.end();
      this.#stage = stage;
      this.#bar = progress(stage, total);
    }
    this.#bar?.update(done, total, what);
  };

  end(): void {
    this.#bar?.end();
    this.#bar = undefined;
  }
}

async function clear(dataDir: string): Promise<void> {
  const { config, log } = settings({ dataDir });
  await stopServices(config, log);
  await rm(dataDir, { recursive: true, force: true });
}

function rounded<T extends Record<string, number>>(seconds: T): T {
  return Object.fromEntries(Object.entries(seconds).map(([name, value]) => [name, Math.round(value * 100) / 100])) as T;
}

function print(document: DemoDocument): void {
  const { ticks, candles, features, seconds } = document;
  const sources = Object.entries(ticks.sources)
    .map(([source, rows]) => `${thousands(rows)} by ${source}`)
    .join(', ');
  printTable(
    ['stage', 'result', 'seconds'],
    [
      ['set-up', `servers ready, market: ${document.market} (venue ${document.venue})`, seconds.setup],
      ['ingest', `${thousands(ticks.rows)} ticks (${sources}), ${ticks.rejected} frames rejected`, seconds.ingest],
      [
        'candles',
        Object.entries(candles)
          .map(([timeframe, bars]) => `${timeframe} ${thousands(bars)}`)
          .join(', '),
        seconds.candles,
      ],
      [
        'features',
        `${thousands(features.rows)} rows of ${features.columns}; ${features.nulls} null, ${features.infinite} infinite`,
        seconds.features,
      ],
      ['models', `${document.models.length} trained and validated`, seconds.train],
      ['signals', `${document.signals} predictions`, seconds.predict],
      ['', 'total', seconds.total],
    ],
  );
  printRuns(document.models);
  for (const { what, reason } of document.skipped) say(`Skipped ${what}: ${reason}.`, false);
  if (document.console)
    say(`Look at the tables in QuestDB's console: ${document.console} (./tickforest down stops QuestDB)`, false);
}
