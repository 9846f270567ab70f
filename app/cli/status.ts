import { Command, Option } from 'commander';
import { queuePrefix, settings } from '#app/context.ts';
import { duration } from '#app/numbers.ts';
import { type Part, parts } from '#app/status/problem.ts';
import { readStatus, type Status } from '#app/status/status.ts';
import { printJson, printTable, say, short, thousands } from '#app/terminal.ts';
import { pausesFile } from '#jobs/queue/pauses.ts';
import { UserError } from '#lib/errors.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { openRedis } from '#lib/redis.ts';
import { knownServices } from '#lib/services/services.ts';

export function statusCommand(): Command {
  return new Command('status')
    .description('show servers, feed, symbols, queues, schedules and champions; exit with 1 if something is unhealthy')
    .addOption(new Option('--check <part>', 'only this part and the servers decide the exit code').choices(parts))
    .option('--json', 'print one JSON document')
    .action(async ({ check, json }: { check?: Part; json?: boolean }) => {
      const status = await ask();
      if (json) printJson(status);
      else if (!check) print(status);
      const problems = status.problems.filter(({ part }) => !check || part === check || part === 'services');
      if (problems.length > 0) {
        const listed = problems.map(({ what }) => what.replace(/\.$/, '')).join('; ');
        throw new UserError(`Unhealthy: ${listed}.`, 'docs/operating.md says what to do.');
      }
      if (check && !json) say(`${check} is healthy`, false);
    });
}

/** Asks servers that run; it starts none. */
async function ask(): Promise<Status> {
  const { config } = settings();
  const services = knownServices(config);
  if (!services) throw new UserError('Nothing is running.', 'Start the pipeline: ./tickforest up.');
  const db = new QuestDb(services.questdb);
  const redis = openRedis(services.redis);
  const queues = { redis: services.redis, prefix: queuePrefix, pauses: pausesFile(config.dataDir) };
  try {
    return await readStatus({ db, redis, queues, config });
  } finally {
    redis.disconnect();
    await db.close();
  }
}

function print(status: Status): void {
  const { feed, market } = status;
  say(
    `QuestDB ${status.services.questdb}, Redis ${status.services.redis}, ${thousands(status.disk.freeMib)} MiB of disk free.`,
    false,
  );
  for (const { host, until, cause } of status.suspended)
    say(`No REST requests to ${host} until ${until}: ${cause}.`, false);
  if (market && feed) {
    say(
      `Feed of ${market.venue}: ${feed.state}${feed.cause ? ` (${feed.cause})` : ''} since ${feed.started_at}, ${feed.reconnects} reconnects.`,
      false,
    );
    if (status.account) printAccount(status.account);
    if (feed.skipped.length > 0) say(`Not listed by the venue: ${feed.skipped.join(', ')}.`, false);
    printTable(
      ['symbol', 'tick age s', 'lag ms', 'ticks/s', 'candle age s', 'gaps open', 'unhealed', 'healed', ''],
      status.symbols.map((row) => [
        row.symbol,
        ...[short(row.tick_age_seconds), short(row.lag_ms), short(row.rate_per_second), short(row.candle_age_seconds)],
        ...[
          row.gaps.open,
          row.gaps.unhealed,
          row.gaps.healed,
          row.stale ? 'STALE' : row.stopped ? `NO ${row.stopped.toUpperCase()}` : '',
        ],
      ]),
    );
  }
  if (status.signals)
    say(
      `Newest signals: of the bar ${status.signals.bar.slice(0, 16)}, made ${duration(status.signals.age_seconds)} ago.`,
      false,
    );
  if (status.queues.length > 0)
    printTable(
      ['queue', 'last done', 'waiting', 'oldest s', 'active', 'longest s', 'delayed', 'failed', 'since done'],
      status.queues.map((queue) => [
        ...[
          queue.name,
          queue.last_completed?.slice(0, 19) ?? 'never',
          queue.waiting,
          short(queue.oldest_waiting_seconds),
        ],
        ...[queue.active, short(queue.longest_active_seconds), queue.delayed, queue.failed],
        queue.failed_since_completed,
      ]),
    );
  if (status.schedules.length > 0) {
    printTable(
      ['schedule', 'last run', 'outcome', 'next run'],
      status.schedules.map(({ id, last, next, missing, paused }) => [
        ...[id, last?.at ?? 'never', last ? last.outcome : '–'],
        missing ? 'MISSING' : paused ? `paused since ${paused}` : (next ?? '–'),
      ]),
    );
  }
  if (status.champions.length > 0) {
    printTable(
      ['model', 'ahead', 'champion', 'age h', 'skill', 'p'],
      status.champions.map((row) => [
        row.model,
        row.horizon ?? '–',
        row.champion ?? 'none',
        short(row.age_hours),
        short(row.skill),
        short(row.p_value),
      ]),
    );
  }
  for (const { queue, at, reason } of status.failed) say(`Failed in ${queue} at ${at}: ${reason}`, false);
  say(status.healthy ? 'Healthy.' : `${status.problems.length} problems:`, false);
  for (const { part, what } of status.problems) say(`  ${part}: ${what}`, false);
}

function printAccount({ received, unaccounted, ...where }: NonNullable<Status['account']>): void {
  const parts = Object.entries(where).map(([name, ticks]) => `${thousands(ticks)} ${name}`);
  say(
    `${thousands(received)} received = ${parts.join(' + ')}${unaccounted ? ` + ${unaccounted} UNACCOUNTED FOR` : ''}.`,
    false,
  );
}
