import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { withServices } from '#app/context.ts';
import { duration, short } from '#app/numbers.ts';
import { printJson, say } from '#app/terminal.ts';
import { chooseVenue } from '#jobs/train/window.ts';
import { UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { type FeatureTimeframe, featureTimeframes } from '#lib/timeframe.ts';
import { bringCandles } from '#lib/venue.ts';
import { modelNamed } from '#models/catalogue.ts';
import type { RowOf } from '#sql/rows.ts';
import { durationSeconds, symbolList, wholeNumber } from './parse.ts';
import { answerTable } from './sql/table.ts';
import { stopSignal } from './stop_signal.ts';

interface SignalsOptions {
  venue?: string;
  symbol?: string[];
  model?: string;
  timeframe?: FeatureTimeframe;
  since?: number;
  limit: number;
  follow?: boolean;
  json?: boolean;
}

type Listed = RowOf<'signals/listed'>;

/** Between two looks for new ones. */
const everyMs = 500;
/** How far back an answer that has just been given may speak. */
const reach = 30 * 86_400_000_000;
const wideTerminal = 160;

export function signalsCommand(): Command {
  return new Command('signals')
    .description('list what the models say of the newest bars, and why where a signal is gated or absent')
    .option('--venue <name>', 'venue of the market; needed only if there are several')
    .option('--symbol <list>', 'symbols, separated by commas (default: all)', symbolList)
    .option('--model <name>', 'only this model')
    .addOption(new Option('--timeframe <name>', 'only bars of this length').choices(featureTimeframes))
    .option('--since <time>', 'only bars of the last so long, such as 15m, 2h or 1d', durationSeconds)
    .option('--limit <n>', 'number of rows', wholeNumber(1), 40)
    .option('--follow', 'then print new ones as they are made, until Ctrl-C')
    .option('--json', 'print one JSON document; with --follow one a line, one for each signal')
    .action(async (options: SignalsOptions) => {
      if (options.model !== undefined) modelNamed(options.model);
      await withServices({ ownSignals: options.follow }, async ({ db }) => {
        const venue = await chooseVenue(db, options.venue);
        const rows = await listed(db, venue, options, 0);
        if (rows.length === 0) await requireMarket(db, venue);
        if (options.follow) return follow(db, venue, options, rows);
        if (options.json) printJson({ venue, signals: rows.map(documentOf) });
        else if (rows.length > 0) print(rows);
        else say(nothing(venue, options), false);
      });
    });
}

/** @throws UserError where there is not even a candle: a mistyped venue must not look like a quiet one */
async function requireMarket(db: QuestDb, venue: string): Promise<void> {
  const candles = await db.rows('frames/newest_candles', { venue, timeframe: '1m' });
  if (candles.length === 0)
    throw new UserError(`There are no candles of ${venue}.`, `Fetch them: ${bringCandles(venue)}.`);
}

function nothing(venue: string, { symbol, model, timeframe, since }: SignalsOptions): string {
  const narrowed = symbol || model || timeframe || since !== undefined;
  return narrowed
    ? `There are no signals of ${venue} that are asked for.`
    : `There are no signals of ${venue} yet. A model that is trained (./tickforest train) makes them under ./tickforest up.`;
}

/** The newest answers that were given after this time, the newest bar first. */
function listed(
  db: QuestDb,
  venue: string,
  { symbol, model, timeframe, since, limit }: SignalsOptions,
  after: number,
): Promise<Listed[]> {
  const now = Date.now() * 1_000;
  const first = since !== undefined ? now - since * 1e6 : after > 0 ? now - reach : 0;
  return db.rows('signals/listed', {
    venue,
    timeframes: timeframe ? [timeframe] : featureTimeframes,
    ...{ any_model: model === undefined, models: [model ?? 'any'] },
    ...{ any_symbol: symbol === undefined, symbols: symbol ?? ['any'] },
    since: new Timestamp(Math.round(first)),
    created_after: new Timestamp(after),
    most: after > 0 ? 100_000 : limit,
  });
}

async function follow(db: QuestDb, venue: string, options: SignalsOptions, before: Listed[]): Promise<void> {
  const { signal, release } = stopSignal();
  const show = (row: Listed) =>
    process.stdout.write(`${options.json ? JSON.stringify(documentOf(row)) : lineOf(row)}\n`);
  try {
    say(`Signals of ${venue} as they are made, until Ctrl-C.`, options.json ?? false);
    // Those that are shown first, and those that came between the two statements.
    let after = Math.max(1, ...before.map((row) => row.created_at));
    for (const row of before.reverse()) show(row);
    while (!signal.aborted) {
      await sleep(everyMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      const rows = (await listed(db, venue, options, after)).reverse();
      for (const row of rows) show(row);
      after = Math.max(after, ...rows.map((row) => row.created_at));
    }
  } finally {
    release();
  }
}

function documentOf({ ts, created_at, ...row }: Listed) {
  return { bar: iso(ts), ...row, created_at: iso(created_at) };
}

function iso(micros: number): string {
  return new Date(micros / 1_000).toISOString();
}

const columns = [
  { name: 'bar', kind: 'text' },
  { name: 'symbol', kind: 'text' },
  { name: 'model', kind: 'text' },
  { name: 'says', kind: 'text' },
  { name: 'p', kind: 'double' },
  { name: 'close', kind: 'double' },
  { name: 'after', kind: 'text' },
  { name: 'not to be acted upon, because', kind: 'text' },
] as const;

function print(rows: readonly Listed[]): void {
  const cells = rows.map((row) => [
    barOf(row),
    row.symbol,
    `${row.model} +${row.horizon}`,
    saidBy(row),
    row.probability === null ? null : Number(short(row.probability)),
    row.close,
    row.age_seconds === null ? '' : duration(row.age_seconds),
    row.reason ?? '',
  ]);
  process.stdout.write(answerTable({ columns: [...columns], rows: cells }, process.stdout.columns ?? wideTerminal));
}

/** One line, for rows that come one by one: their columns stand below each other as far as can be. */
function lineOf(row: Listed): string {
  const model = `${row.model} +${row.horizon}`;
  const probability = row.probability === null ? '' : ` (p ${short(row.probability)})`;
  const reason = row.reason === null ? '' : `  [${row.reason}]`;
  return `${barOf(row)}  ${row.symbol.padEnd(13)} ${model.padEnd(26)} ${saidBy(row)}${probability}${reason}`;
}

function barOf({ ts, timeframe, bars }: Listed): string {
  return `${iso(ts).slice(0, 16).replace('T', ' ')} ${timeframe}${bars > 1 ? ` and ${bars - 1} more` : ''}`;
}

function saidBy({ absent, shown }: Listed): string {
  return absent ? 'nothing' : (shown ?? '–');
}
