import type { ActiveMarket, FeedState } from '#jobs/live_state.ts';
import type { AccountStatus } from './account_status.ts';
import type { Problem } from './problem.ts';
import type { SymbolStatus } from './symbols_status.ts';

/** The ingest role speaks every two seconds. */
const feedLimit = 20;

/** What is wrong with the feed, in words. */
export function ingestProblems(
  market: ActiveMarket | undefined,
  feed: FeedState | undefined,
  symbols: SymbolStatus[],
  account: AccountStatus | undefined,
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
  if (feed.trouble) {
    const { queued, spooled } = feed.account;
    add(`${queued + spooled} ticks wait for QuestDB, ${spooled} of them on disk: ${feed.trouble}`);
  }
  if (feed.account.lost > 0) add(`${feed.account.lost} ticks of the spool could not be read back; see the table gaps`);
  if (feed.damaged_rows > 0 || feed.damaged_records > 0)
    add(
      `the spool of an earlier process was damaged: ${feed.damaged_rows} rows and ${feed.damaged_records} records of unknown length are lost; see the table gaps, and spool/${feed.venue}/damaged in the data directory`,
    );
  if (account && account.unaccounted !== 0) {
    const missing = feed.account.acknowledged - account.stored;
    if (missing !== 0) add(`QuestDB has ${missing} ticks fewer than it has acknowledged`);
    const nowhere = account.unaccounted - missing;
    if (nowhere !== 0) add(`${nowhere} rows were received and are nowhere: the account of the feed does not add up`);
  }
  for (const { symbol, tick_age_seconds, stale } of symbols) {
    if (stale)
      add(
        `${symbol} is stale: ${tick_age_seconds === null ? 'no tick yet' : `its newest tick is ${Math.round(tick_age_seconds)} s old`}`,
      );
  }
  return problems;
}

function named(symbols: string[]): string {
  return symbols.length <= 4 ? symbols.join(', ') : `${symbols.length} symbols`;
}
