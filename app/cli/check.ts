import { Command, Option } from 'commander';
import { checkExchangeBars } from '#app/checks/exchange_bars.ts';
import type { Checked } from '#app/checks/finding.ts';
import { checkGaps } from '#app/checks/gaps.ts';
import { checkLeak } from '#app/checks/leak.ts';
import { checkedStatements, type Offence } from '#app/checks/lookahead_lint.ts';
import { checkParity } from '#app/checks/parity.ts';
import { checkQuality } from '#app/checks/quality.ts';
import { type Scope, type ScopeRequest, scopesOf } from '#app/checks/scope.ts';
import { checkSignals } from '#app/checks/signals.ts';
import { checkVolume } from '#app/checks/volume.ts';
import { type Context, withServices } from '#app/context.ts';
import { printJson, progress, thousands } from '#app/terminal.ts';
import { openMarketAccess } from '#ingest/venues/access.ts';
import { UserError } from '#lib/errors.ts';
import { type FeatureTimeframe, featureTimeframes } from '#lib/timeframe.ts';
import { venueNames } from '#lib/venue.ts';
import { printFindings, printOffences } from './check/print.ts';
import { moment, positiveNumber, symbolList, wholeNumber } from './parse.ts';

interface CheckOptions extends ScopeRequest {
  timeframe?: FeatureTimeframe;
  cuts?: number;
  seed?: number;
  json?: boolean;
}

type Check = (context: Context, scope: Scope, options: CheckOptions) => Promise<Checked>;

export function checkCommand(): Command {
  const command = new Command('check').description(
    'look for errors in stored data; list what was found and exit with 1',
  );
  add(command, 'gaps', 'find gaps that are not healed, minutes without a bar, and partial bars', ({ db }, scope) =>
    checkGaps(db, scope),
  );
  add(
    command,
    'volume',
    'check that volumes agree: ticks = 1m = 5m … = 1d, and our bars = the exchange’s bars, a sample of which is fetched now',
    async ({ db, config, log }, scope) => {
      const checked = await checkVolume(db, scope);
      const known = venueNames.find((name) => name === scope.venue);
      const rest = known && openMarketAccess(config, log, { venue: known }).rest;
      await checkExchangeBars(db, rest, scope, checked);
      return checked;
    },
  );
  add(command, 'quality', 'find features that are null, infinite, out of range, doubled or constant', quality, [
    ofTimeframe,
  ]);
  add(
    command,
    'leak',
    'recompute features at many times without later data, and compare them with the stored ones',
    leak,
    [ofTimeframe, ...sampling],
  );
  add(
    command,
    'parity',
    'compare the feature vectors of past signals with the stored features and with recomputed ones',
    parity,
    [...sampling],
  );
  add(
    command,
    'signals',
    'check that each model has answered each bar exactly once, and that its run says it again',
    ({ db, config }, scope, { cuts, seed }) => checkSignals(db, scope, { dataDir: config.dataDir, cuts, seed }),
    [...sampling],
  );
  return command;
}

const ofTimeframe = new Option('--timeframe <name>', 'check only bars of this length (default: all)').choices(
  featureTimeframes,
);
const sampling = [
  new Option('--cuts <n>', 'number of random times, in addition to the times at boundaries')
    .default(20)
    .argParser(wholeNumber(1)),
  new Option('--seed <n>', 'seed that selects the random times').default(1).argParser(wholeNumber(0)),
];

const timeframesOf = ({ timeframe }: CheckOptions) => (timeframe ? [timeframe] : featureTimeframes);

const quality: Check = ({ db }, scope, options) => checkQuality(db, scope, { timeframes: timeframesOf(options) });

const leak: Check = async ({ db }, scope, options) => {
  const bar = progress(scope.venue, 1);
  const { cuts, seed } = options;
  const onProgress = (done: number, total: number) => bar.update(done, total);
  const checked = await checkLeak(db, scope, { timeframes: timeframesOf(options), cuts, seed, onProgress });
  bar.end();
  return checked;
};

const parity: Check = ({ db, config }, scope, { cuts, seed }) =>
  checkParity(db, scope, { dataDir: config.dataDir, cuts, seed });

function hasValues({ looked, findings }: Checked): boolean {
  return findings.length > 0 || Object.entries(looked).some(([what, count]) => what.endsWith('values') && count > 0);
}

function add(parent: Command, name: string, description: string, check: Check, more: readonly Option[] = []): void {
  const command = parent
    .command(name)
    .description(description)
    .option('--venue <name>', 'venue to check (default: every venue that has data)')
    .option('--symbols <list>', 'symbols, separated by commas (default: all)', symbolList)
    .option('--days <n>', 'check only the newest days of each venue (default: all)', positiveNumber)
    .option('--from <time>', 'start, in UTC, such as 2026-03-01 or 2026-03-01T12:00', moment)
    .option('--to <time>', 'end, in UTC, exclusive', moment)
    .option('--json', 'print one JSON document');
  for (const option of more) command.addOption(option);
  command.action(async (options: CheckOptions) => {
    if (options.days !== undefined && options.from !== undefined)
      throw new UserError('--days and --from both set the start.', 'Give only one of them.');
    const statements = name === 'leak' ? checkedStatements() : undefined;
    const venues = await withServices({}, async (context) => {
      const checked: Checked[] = [];
      for (const scope of await scopesOf(context.db, options)) checked.push(await check(context, scope, options));
      return checked;
    });
    // A check that has looked at nothing must not look like a good one.
    if (more.includes(ofTimeframe) && !venues.some(hasValues))
      throw new UserError(
        'There is nothing to check: this period has no features.',
        `Compute them: ./tickforest features fill${options.venue ? ` --venue ${options.venue}` : ''}${options.timeframe ? ` --timeframe ${options.timeframe}` : ''}`,
      );
    report(name, venues, statements, options.json ?? false);
  });
}

/** @throws UserError where something was found */
function report(
  name: string,
  venues: Checked[],
  statements: { files: number; offences: Offence[] } | undefined,
  json: boolean,
): void {
  const found =
    venues.reduce((sum, { findings }) => sum + findings.length, 0) + (statements ? statements.offences.length : 0);
  if (json) printJson({ check: name, sound: found === 0, ...(statements && { statements }), venues });
  else {
    if (statements) printOffences(statements);
    for (const checked of venues) printFindings(checked);
  }
  if (found > 0)
    throw new UserError(
      `check ${name}: ${venues.some(({ more }) => more) ? 'more than ' : ''}${thousands(found)} findings.`,
      'docs/operating.md says what to do about them.',
    );
}
