import { Command } from 'commander';
import { type Context, queuePrefix, settings, withServices } from '#app/context.ts';
import { jobsStatus, type ScheduleStatus } from '#app/status/jobs_status.ts';
import { printJson, printTable, say } from '#app/terminal.ts';
import { pauseSchedule, resumeSchedule } from '#jobs/queue/pause_schedule.ts';
import { type QueueAddress, queueNames } from '#jobs/queue/queues.ts';
import { runSchedule, type ScheduleRun } from '#jobs/queue/run_schedule.ts';
import { type Schedule, schedules } from '#jobs/queue/schedules.ts';
import type { DailyResult } from '#jobs/train/daily.ts';
import type { Config } from '#lib/config.ts';
import { UserError } from '#lib/errors.ts';
import { openRedis } from '#lib/redis.ts';
import { addresses, runningServices } from '#lib/services/services.ts';

interface Options {
  json?: boolean;
}

/** Between two lines that say how a run is. */
const tellMs = 5_000;

export function schedulesCommand(): Command {
  const command = new Command('schedules').description('list, pause, resume or run the jobs that come by themselves');
  command.addCommand(listCommand(), { isDefault: true });
  for (const each of [pauseCommand(), resumeCommand(), runCommand()]) command.addCommand(each);
  return command;
}

function listCommand(): Command {
  return new Command('list')
    .description('list them with their next run and the outcome of the last (the default)')
    .option('--json', 'print one JSON document')
    .action(async ({ json }: Options) => {
      const { schedules } = await withServices({}, ({ queues, config }) => jobsStatus(queues, config.live.dailyAt));
      if (json) printJson({ schedules });
      else print(schedules);
    });
}

function print(all: ScheduleStatus[]): void {
  const order = all.toSorted((a, b) => queueNames.indexOf(a.queue) - queueNames.indexOf(b.queue));
  printTable(
    ['schedule', 'queue', 'does', 'next run (UTC)', 'last run (UTC)', 'outcome'],
    order.map(({ id, queue, what, paused, missing, next, last }) => [
      ...[id, queue, what, paused ? 'paused' : missing ? 'not planned' : (next?.slice(0, 19) ?? '–')],
      ...[last?.at.slice(0, 19) ?? 'never', last?.outcome ?? '–'],
    ]),
  );
  for (const { id, paused } of all)
    if (paused) say(`${id} is paused since ${paused}: ./tickforest schedules resume ${id}`, false);
  if (all.some(({ missing }) => missing)) say('A worker plans what is not planned: ./tickforest up.', false);
  for (const { id, last } of all) if (last?.outcome === 'failed') say(`${id} failed: ${last.result}`, false);
}

function pauseCommand(): Command {
  return new Command('pause')
    .description('plan no run of a schedule any more, until it is resumed; one that is at work is finished')
    .argument('<id>', 'id of the schedule')
    .option('--json', 'print one JSON document')
    .action(async (id: string, { json }: Options) => {
      const { since, before } = await changing(id, pauseSchedule);
      if (json) printJson({ id, paused: since });
      else say(before ? `${id} was paused already, since ${since}.` : `${id} is paused.`, false);
    });
}

function resumeCommand(): Command {
  return new Command('resume')
    .description('plan the runs of a paused schedule again')
    .argument('<id>', 'id of the schedule')
    .option('--json', 'print one JSON document')
    .action(async (id: string, { json }: Options) => {
      const { next, before } = await changing(id, resumeSchedule);
      if (json) printJson({ id, paused: null, next });
      else
        say(
          `${id} ${before ? 'is resumed' : 'was not paused'}.${next ? ` Its next run comes at ${next}.` : ''}`,
          false,
        );
    });
}

function runCommand(): Command {
  return new Command('run')
    .description('have a schedule run once now, also a paused one; one that waits or is at work is not doubled')
    .argument('<id>', 'id of the schedule')
    .option('--no-wait', 'do not wait for its outcome')
    .option('--json', 'print one JSON document')
    .action(async (id: string, { wait, json = false }: Options & { wait: boolean }) => {
      const { config } = settings();
      const schedule = scheduleNamed(id, config);
      const run = await runSchedule(queuesOf(config, schedule), schedule, wait, told(id));
      if (json) printJson(run);
      else say(words(run), false);
      if (run.state === 'failed') throw new UserError(`The run of ${id} failed: ${run.reason}`);
    });
}

function words({ id, state, added, result }: ScheduleRun): string {
  if (state === 'failed') return `${id} has failed.`;
  if (state === 'completed') return isDaily(result) ? dailyWords(result) : `${id} is done: ${JSON.stringify(result)}`;
  if (!added) return `${id} ${state === 'active' ? 'is at work' : 'waits'} already; nothing was added.`;
  return `${id} was added. ./tickforest schedules tells its outcome.`;
}

function isDaily(result: unknown): result is DailyResult {
  return typeof result === 'object' && result !== null && 'runs' in result && 'passedOver' in result;
}

function dailyWords({ runs, passedOver }: DailyResult): string {
  return [
    ...runs.map(
      ({ model, horizon, run_id, promoted, reasons }) =>
        `${model}, ${horizon} ahead, is run ${run_id}: ${promoted ? 'promoted' : `not promoted, ${reasons.join('; ')}`}.`,
    ),
    ...passedOver.map(({ model, horizon, reason }) => `${model} was not trained ${horizon} bars ahead: ${reason}`),
  ].join('\n');
}

/** Says on stderr how a run is, when that changes and every few seconds. */
function told(id: string): (run: ScheduleRun, trainings: number) => void {
  const started = Date.now();
  let [last, before] = [0, ''];
  return ({ state, added }, trainings) => {
    if (state === before && Date.now() - last < tellMs) return;
    const joined = before === '' && !added ? ', begun before' : '';
    [last, before] = [Date.now(), state];
    const seconds = Math.round((Date.now() - started) / 1000);
    const left = id === 'train-daily' && trainings > 0 ? `, ${trainings} trainings to go` : '';
    const how = state === 'active' ? 'at work' : 'waits for a worker';
    process.stderr.write(`${id}: ${how}${joined}${left}, ${seconds} s\n`);
  };
}

/** @throws UserError that names those there are */
function scheduleNamed(id: string, { live }: Config): Schedule {
  const all = schedules(live.dailyAt);
  const found = all.find((schedule) => schedule.id === id);
  if (found) return found;
  throw new UserError(`There is no schedule ${id}.`, `Choose one of ${all.map((schedule) => schedule.id).join(', ')}.`);
}

function changing<T>(
  id: string,
  change: (redis: ReturnType<typeof openRedis>, queues: QueueAddress, schedule: Schedule) => Promise<T>,
): Promise<T> {
  const schedule = scheduleNamed(id, settings().config);
  return withServices({}, async ({ services, queues }: Context) => {
    const redis = openRedis(services.redis);
    try {
      return await change(redis, queues, schedule);
    } finally {
      redis.disconnect();
    }
  });
}

/** Servers that this command would start have no worker. */
function queuesOf(config: Config, { id }: Schedule): QueueAddress {
  const running = runningServices(config);
  if (config.redis.host === undefined && !running.redis)
    throw new UserError(`Nothing is running, so no worker is there to do ${id}.`, 'Start one: ./tickforest up.');
  return { redis: addresses(config, running).redis, prefix: queuePrefix };
}
