import { refusals } from '#ingest/refusals.ts';
import type { ActiveMarket, FeedState } from '#jobs/live_state.ts';
import type { AccountStatus } from './account_status.ts';
import type { Problem } from './problem.ts';
import type { SymbolStatus } from './symbols_status.ts';

/** The ingest role speaks every two seconds. */
const feedLimit = 20;
/** A row now and then is nobody's problem; its gap is healed. */
const leastRefused = 5;

/** A tick that QuestDB has not after so many seconds waits for more than its batch. */
const behindLimit = 10;

/** What is wrong with the feed, in words. */
export function ingestProblems(
  market: ActiveMarket | undefined,
  feed: FeedState | undefined,
  symbols: SymbolStatus[],
  account: AccountStatus | undefined,
  maxRefusedShare = 0.01,
): Problem[] {
  const problems: Problem[] = [];
  const add = (what: string) => problems.push({ part: 'ingest', what });
  if (!market || !feed) {
    add('no feed has been started');
    return problems;
  }
  const silent = (Date.now() - Date.parse(feed.at)) / 1000;
  if (feed.state === 'stopped') add(`the feed was stopped at ${feed.at}`);
  else if (silent > feedLimit) add(`the ingest process has said nothing for ${Math.round(silent)} s`);
  else if (feed.state === 'connecting') add('the feed is connecting');
  else if (feed.state === 'disconnected')
    add(`the feed is disconnected for ${named(feed.down)}${feed.cause ? `: ${feed.cause}` : ''}`);
  if (feed.trouble || feed.backlog.behind_seconds > behindLimit) add(waiting(feed));
  // What the spool has lost is in gaps. Once all are healed nothing is missing any more; the figures of `feed` still tell it.
  const whole = symbols.every(({ gaps }) => gaps.open + gaps.unhealed === 0);
  if (feed.account.lost > 0 && !whole)
    add(`${feed.account.lost} ticks of the spool could not be read back; see the table gaps`);
  if ((feed.damaged_rows > 0 || feed.damaged_records > 0) && !whole)
    add(
      `the spool of an earlier process was damaged: ${feed.damaged_rows} rows and ${feed.damaged_records} records of unknown length are lost; see the table gaps, and spool/${feed.venue}/damaged in the data directory`,
    );
  if (account && account.unaccounted !== 0) {
    const missing = feed.account.acknowledged - account.stored;
    if (missing !== 0) add(`QuestDB has ${missing} ticks fewer than it has acknowledged`);
    const nowhere = account.unaccounted - missing;
    if (nowhere !== 0) add(`${nowhere} rows were received and are nowhere: the account of the feed does not add up`);
  }
  const { refused } = feed;
  if (refused && refused.refused >= leastRefused && refused.refused > maxRefusedShare * refused.received)
    add(refusedText(refused));
  for (const symbol of feed.untraded ?? [])
    add(`trades of ${symbol} do not come, though its quotes show some; they are fetched when the stream is back`);
  for (const { symbol, tick_age_seconds, stale, stopped, trade_age_seconds, quote_age_seconds } of symbols) {
    if (stopped === 'quotes')
      add(`the quotes of ${symbol} have stopped while its trades go on: ${aged(quote_age_seconds)}`);
    if (stopped === 'trades' && !feed.untraded?.includes(symbol))
      add(`the trades of ${symbol} have stopped while its quotes go on: ${aged(trade_age_seconds)}`);
    if (stale)
      add(
        `${symbol} is stale: ${tick_age_seconds === null ? 'no tick yet' : `its newest tick is ${Math.round(tick_age_seconds)} s old`}`,
      );
  }
  return problems;
}

function aged(seconds: number | null): string {
  return seconds === null ? 'none has come' : `the newest is ${Math.round(seconds)} s old`;
}

function refusedText({
  seconds,
  received,
  refused,
  reason,
  clock_off_seconds: off,
}: NonNullable<FeedState['refused']>) {
  const clock =
    off === null
      ? ''
      : ` (by ${Math.abs(Math.round(off))} s: the clock of this machine is ${off > 0 ? 'behind' : 'ahead'}, or that of the exchange is ${off > 0 ? 'ahead' : 'behind'})`;
  const share = Math.min(100, (100 * refused) / Math.max(1, received));
  return `${refused} of ${received} rows of the last ${seconds} s were refused (${share.toPrecision(2)} %), most of them because: ${reason}${clock}. ${refusals[reason].remedy}`;
}

/** How much waits for QuestDB, why, and where that leads. */
function waiting({ account: { queued, spooled }, backlog, trouble }: FeedState): string {
  const { behind_seconds, ticks_per_second, spool_full_seconds } = backlog;
  const ticks = `${queued + spooled} ticks wait for QuestDB, ${spooled} of them on disk`;
  const course = ticks_per_second < 0 ? 'catches up' : 'takes less than comes';
  const why = trouble ?? `it is ${Math.round(behind_seconds)} s behind and ${course}`;
  const full =
    spool_full_seconds === null
      ? ''
      : `; ${Math.round(ticks_per_second)} more every second: the spool is full in ${span(spool_full_seconds)}`;
  return `${ticks}: ${why}${full}`;
}

function span(seconds: number): string {
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}

function named(symbols: string[]): string {
  return symbols.length <= 4 ? symbols.join(', ') : `${symbols.length} symbols`;
}
