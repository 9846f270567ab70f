import { describe, expect, it } from 'vitest';
import type { ActiveMarket, FeedState } from '#jobs/live_state.ts';
import type { AccountStatus } from './account_status.ts';
import { ingestProblems } from './ingest_problems.ts';
import type { SymbolStatus } from './symbols_status.ts';

const market: ActiveMarket = { venue: 'v', symbols: ['A-USDT'], clock: 'wall', allowSimulated: false };
const backlog = { behind_seconds: 0.2, ticks_per_second: 0, spool_full_seconds: null };
const feed: FeedState = {
  ...{ at: new Date().toISOString(), started_at: '', pid: 1, venue: 'v', state: 'connected', cause: null },
  ...{
    down: [],
    skipped: [],
    symbols: {},
    untraded: [],
    refused: null,
    frames: 0,
    reconnects: 0,
    reused_ids: 0,
    reasons: {},
  },
  account: {
    ...{ received: 9, acknowledged: 9, queued: 0, spooled: 0, rejected: 0, duplicates: 0, lost: 0 },
    audit: { counted: 9, missing: 0, counting: null, since: null },
  },
  ...{
    recovered: 0,
    recovered_waiting: 0,
    damaged_rows: 0,
    damaged_records: 0,
    spool_bytes: 0,
    backlog,
    write_failures: 3,
    trouble: null,
    audit_trouble: null,
  },
  close_requests_waiting: 0,
};
const symbol: SymbolStatus = {
  ...{ symbol: 'A-USDT', tick_age_seconds: 1, candle_age_seconds: 61, lag_ms: 20, rate_per_second: 2, stale: false },
  ...{ trade_age_seconds: 1, quote_age_seconds: 1, stopped: null },
  gaps: { open: 0, unhealed: 2, healed: 5 },
};
const account: AccountStatus = {
  ...{ received: 9, stored: 9, queued: 0, spooled: 0, rejected: 0, duplicates: 0, lost: 0, unaccounted: 0 },
};

const said = (more: Partial<FeedState> = {}, symbols = [symbol], of = account) =>
  ingestProblems(market, { ...feed, ...more }, symbols, of).map(({ what }) => what);

describe('ingestProblems', () => {
  it('has none when all is well, failed attempts of the past and healing included', () => {
    expect(said()).toEqual([]);
  });

  it('names a symbol that is stale, and how old its newest tick is', () => {
    expect(said({}, [{ ...symbol, tick_age_seconds: 250.4, stale: true }])).toEqual([
      'A-USDT is stale: its newest tick is 250 s old',
    ]);
    expect(said({}, [{ ...symbol, tick_age_seconds: null, stale: true }])).toEqual(['A-USDT is stale: no tick yet']);
  });

  it('names a part of the feed that is down though the rest goes on', () => {
    expect(said({ state: 'disconnected', down: ['B-USDT', 'C-USDT'], cause: 'no data for 30 s' })).toEqual([
      'the feed is disconnected for B-USDT, C-USDT: no data for 30 s',
    ]);
  });

  it('tells ticks that wait, on disk and in memory, and why', () => {
    const waiting = { ...feed.account, queued: 5, spooled: 700 };
    expect(said({ account: waiting, trouble: 'QuestDB has not answered for 4 s' })).toEqual([
      '705 ticks wait for QuestDB, 700 of them on disk: QuestDB has not answered for 4 s',
    ]);
  });

  it('tells a share of refused rows with the commonest reason and its remedy, and how far the clock is off', () => {
    const refused = { seconds: 300, received: 1_000, refused: 20, clock_off_seconds: null } as const;
    const [malformed] = said({ refused: { ...refused, reason: 'malformed frame' } });
    expect(malformed).toMatch(
      /^20 of 1000 rows of the last 300 s were refused \(2.0 %\), .*: malformed frame\. .*update/,
    );
    const [clock] = said({ refused: { ...refused, reason: 'time is too far ahead', clock_off_seconds: 612.4 } });
    expect(clock).toMatch(/by 612 s: the clock of this machine is behind, or that of the exchange is ahead\).*NTP/);
    expect(said({ refused: { ...refused, refused: 10, reason: 'malformed frame' } })).toEqual([]);
    expect(said({ refused: { ...refused, received: 10, refused: 4, reason: 'malformed frame' } })).toEqual([]);
  });

  it('names the stream of a symbol that has stopped while the other one goes on', () => {
    const stopped = (more: object) => said({}, [{ ...symbol, ...more }]);
    expect(stopped({ stopped: 'trades', trade_age_seconds: 400 })).toEqual([
      'the trades of A-USDT have stopped while its quotes go on: the newest is 400 s old',
    ]);
    expect(stopped({ stopped: 'quotes', quote_age_seconds: null })).toEqual([
      'the quotes of A-USDT have stopped while its trades go on: none has come',
    ]);
    expect(said({ untraded: ['A-USDT'] })).toEqual([expect.stringMatching(/^trades of A-USDT do not come/)]);
  });

  it('tells what comes faster than it is stored, how far behind that is, and when the spool will be full', () => {
    const waiting = { ...feed.account, queued: 5, spooled: 90_000 };
    const growing = { behind_seconds: 31.2, ticks_per_second: 2_500.4, spool_full_seconds: 5_400 };
    expect(said({ account: waiting, backlog: growing })).toEqual([
      '90005 ticks wait for QuestDB, 90000 of them on disk: it is 31 s behind and takes less than comes; 2500 more every second: the spool is full in 90 min',
    ]);
    const away = { ...growing, spool_full_seconds: 36_000 };
    expect(said({ account: waiting, backlog: away, trouble: 'QuestDB has not answered for 31 s' })).toEqual([
      '90005 ticks wait for QuestDB, 90000 of them on disk: QuestDB has not answered for 31 s; 2500 more every second: the spool is full in 10 h',
    ]);
    // It catches up.
    const shrinking = { behind_seconds: 31.2, ticks_per_second: -900, spool_full_seconds: null };
    expect(said({ account: waiting, backlog: shrinking })).toEqual([
      '90005 ticks wait for QuestDB, 90000 of them on disk: it is 31 s behind and catches up',
    ]);
  });

  it('does not take an acknowledgement for a row: what QuestDB cannot show is a problem', () => {
    expect(said({}, [symbol], { ...account, stored: 7, unaccounted: 2 })).toEqual([
      'QuestDB has 2 ticks fewer than it has acknowledged',
    ]);
    expect(said({}, [symbol], { ...account, received: 10, unaccounted: 1 })).toEqual([
      '1 rows were received and are nowhere: the account of the feed does not add up',
    ]);
    expect(said({ account: { ...feed.account, lost: 4 } })).toEqual([
      '4 ticks of the spool could not be read back; see the table gaps',
    ]);
  });

  it('tells what the spool has lost until the gaps are healed', () => {
    const lost = { ...feed.account, lost: 4 };
    for (const gaps of [symbol.gaps, { open: 1, unhealed: 0, healed: 0 }]) {
      expect(said({ account: lost, damaged_rows: 7 }, [{ ...symbol, gaps }])).toEqual([
        '4 ticks of the spool could not be read back; see the table gaps',
        expect.stringMatching(/^the spool of an earlier process was damaged: 7 rows and 0 records of unknown length/),
      ]);
    }
    const healed = { ...symbol, gaps: { open: 0, unhealed: 0, healed: 8 } };
    expect(said({ account: lost, damaged_rows: 7, damaged_records: 1 }, [healed])).toEqual([]);
  });

  it('says that nothing is known where no feed speaks', () => {
    expect(ingestProblems(market, undefined, [], undefined)).toHaveLength(1);
    expect(said({ at: new Date(Date.now() - 60_000).toISOString() })[0]).toMatch(/has said nothing for 60 s/);
  });
});
