import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { settings, withServices } from '#app/context.ts';
import { runIngest } from '#app/live/ingest_role.ts';
import { MarketMemory } from '#app/live/market_memory.ts';
import { watchServers } from '#app/live/server_watch.ts';
import { claim, type Ended, note, supervisorOf } from '#app/live/supervision.ts';
import { SupervisedRole, tellDone } from '#app/live/supervisor.ts';
import { runWorker } from '#app/live/worker_role.ts';
import { openMarketAccess } from '#ingest/venues/access.ts';
import type { Config } from '#lib/config.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import { rotateLogs } from '#lib/services/log_file.ts';
import { tellFailure } from './failure.ts';
import { positiveNumber } from './parse.ts';

interface Options {
  only?: 'ingest' | 'worker';
  exchange?: string;
  days?: number;
  allowSimulated?: boolean;
  detach?: boolean;
}

/** The roles' own share of the ten seconds in which everything has to have ended. */
const graceMs = 8_000;

/**
 * Ingest makes garbage by the megabyte and holds little: left to itself, V8 takes 400 MiB for it at 10,000 ticks a second; so
 * it takes 200, and what the queues may hold still fits. What outlives a moment, as trade ids do, is collected once it is a
 * quarter of what is held, and not after half an hour.
 */
const ingestMemory = ['--max-semi-space-size=4', '--max-old-space-size=288', '--heap-growing-percent=25'];

export function upCommand(): Command {
  return new Command('up')
    .description('run the live pipeline until Ctrl-C: ticks, candles, features, signals, daily training')
    .addOption(
      new Option('--only <role>', 'run one role in this process, instead of both under a supervisor').choices([
        'ingest',
        'worker',
      ]),
    )
    .option('--exchange <url>', 'address of another exchange that speaks the venue’s protocol')
    .option('--days <n>', 'days of history to fetch before streaming (default: live.days)', positiveNumber)
    .option('--allow-simulated', 'allow the daily training on a simulated market; its runs can never be promoted')
    .option('--detach', 'run in the background; ./tickforest down stops it')
    .action(async (options: Options) => {
      const { config, log } = settings();
      await requireExchange(options, config, log);
      if (options.only) return runRole(options.only, options, config);
      if (options.detach) return detach(options, config);
      await supervise(options, config, log);
    });
}

/** A worker needs no exchange; for the rest it is the first question, before anything is started. */
async function requireExchange({ only, exchange }: Options, config: Config, log: Logger): Promise<void> {
  if (only === 'worker') return;
  const { definition, restUrl } = openMarketAccess(config, log, { exchange });
  if (await definition.reachable(restUrl)) return;
  if (new MarketMemory(config.dataDir, restUrl).read()) {
    log.warn({ restUrl }, 'the exchange does not answer over REST; starting from its last known listing');
    return;
  }
  const name = exchange ? `The exchange at ${restUrl}` : `${definition.title} (${restUrl})`;
  throw new UserError(
    `${name} cannot be reached, and tickforest does not invent data.`,
    exchange
      ? `Check the address, and that this exchange speaks the protocol of ${definition.title}: market.venue is ${definition.name}.`
      : 'Check the network, or use recorded data: ./tickforest demo, ./tickforest import.',
  );
}

/**
 * Ends the process whatever happens: a training that was cut off, or the channel to the supervisor, would otherwise keep
 * one alive that has failed, and nobody would start another.
 */
async function runRole(role: 'ingest' | 'worker', options: Options, config: Config): Promise<never> {
  const stop = stopSignal();
  try {
    await withServices({ keep: false, ownSignals: true, service: true }, async (context) => {
      if (role === 'worker') return runWorker(context, stop);
      await runIngest(
        context,
        {
          exchange: options.exchange,
          days: options.days ?? config.live.days,
          allowSimulated: options.allowSimulated ?? false,
        },
        stop,
      );
    });
  } catch (error) {
    tellFailure(error);
    process.exit(1);
  }
  if (!stop.aborted) await tellDone();
  process.exit(0);
}

/** Servers, then the worker, then ingest; in the reverse order at the end, so that nothing is left unwritten. */
async function supervise(options: Options, config: Config, log: Logger): Promise<void> {
  const stop = stopSignal();
  const release = claim(config);
  try {
    await withServices({ ownSignals: true }, async ({ db }) => {
      log.info({ console: db.httpUrl }, 'servers ready');
      const watching = new AbortController();
      const watched = watchServers(config, log, watching.signal);
      const rotating = setInterval(() => {
        rotateLogs(join(config.dataDir, 'logs')).catch((error) =>
          log.warn({ reason: reasonOf(error) }, 'logs not rotated'),
        );
      }, 60_000);
      const noted = (role: string) => (pid: number | undefined, before: Ended | undefined) =>
        note(config, role, pid, before, log);
      const worker = new SupervisedRole('worker', [], log, noted('worker'));
      const ingest = new SupervisedRole('ingest', ingestArguments(options), log, noted('ingest'), ingestMemory);
      if (!stop.aborted) await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
      log.info('stopping');
      watching.abort();
      clearInterval(rotating);
      await ingest.stop(graceMs);
      await worker.stop(graceMs);
      await watched;
    });
  } finally {
    release();
  }
}

function ingestArguments({ exchange, days, allowSimulated }: Options): string[] {
  return [
    ...(exchange ? ['--exchange', exchange] : []),
    ...(days ? ['--days', String(days)] : []),
    ...(allowSimulated ? ['--allow-simulated'] : []),
  ];
}

/** Aborts at Ctrl-C and SIGTERM, and in a role when its supervisor is gone. The second one ends the process at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const [name, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(code);
      controller.abort();
    });
  process.on('disconnect', () => controller.abort());
  return controller.signal;
}

/** Starts the supervisor apart from this terminal and waits until it has claimed its place. */
async function detach(options: Options, config: Config): Promise<void> {
  const logFile = join(config.dataDir, 'logs', 'up.log');
  mkdirSync(join(config.dataDir, 'logs'), { recursive: true });
  const out = openSync(logFile, 'a');
  const child = spawn(process.execPath, [process.argv[1], 'up', ...ingestArguments(options)], {
    detached: true,
    stdio: ['ignore', out, out],
  });
  closeSync(out);
  child.unref();
  for (let waited = 0; waited < 20_000; waited += 100) {
    if (supervisorOf(config)?.pid === child.pid) {
      process.stdout.write(
        `Started as process ${child.pid}; its log is ${logFile}. ./tickforest status shows its state, ./tickforest down stops it.\n`,
      );
      return;
    }
    if (child.exitCode !== null) break;
    await sleep(100);
  }
  throw new UserError('The pipeline did not start.', `Its log ${logFile} says why.`);
}
