import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { malformed } from '#ingest/venues/blofin/fixtures/malformed.ts';
import { type LocalExchange, startExchange } from '#ingest/venues/blofin/local/server.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';
import { migrate } from '#lib/questdb/migrations.ts';
import { minute } from '#lib/time.ts';
import { type ExpectedBar, expectedBars } from './expected_bars.ts';
import { OwnQuestDb } from './own_questdb.ts';
import { type Account, type PipelineOptions, pipeline } from './pipeline.ts';

/** A server of this file's own, because it is killed. */
let server: OwnQuestDb;
let exchange: LocalExchange;

const start = () => server.start();
const kill = () => server.kill();

beforeAll(async () => {
  server = await OwnQuestDb.start('faults');
  await migrate(server.db);
}, 90_000);
afterEach(() => exchange.close());
afterAll(() => server.end());

const start0 = Date.UTC(2026, 2, 3, 10);

/** A simulated market of symbols of its own, and what its bars must be. */
async function market(minutes: number, speed: number) {
  const mark = randomUUID().slice(0, 8).toUpperCase();
  const symbols = ['A', 'B', 'C'].map((letter) => `${letter}${mark}-USDT`);
  const made = () => simulateMarket({ symbols, seed: 11, start: start0, historyMinutes: 3, minutes });
  exchange = await startExchange({ market: made(), speed });
  const expected = (await expectedBars(made())).filter((bar) => bar.ts >= start0 * 1_000);
  const { restUrl, wsUrl } = exchange;
  const options: PipelineOptions = {
    questdb: server.address,
    restUrl,
    wsUrl,
    symbols,
    spool: join(server.dataDir, 'spool', mark),
  };
  return { symbols, expected, options: { ...options, onSubscribed: () => exchange.play() } };
}

interface Bar extends ExpectedBar {
  [column: string]: unknown;
  complete: boolean;
  source: string;
}

/**
 * Each bar equals that of the undisturbed market, or says that it does not: it is incomplete, or the exchange's own, which
 * has the same prices and volume.
 */
async function checkBars(symbols: string[], expected: ExpectedBar[]) {
  await server.db.applied(['candles_1m', 'gaps', 'ticks']);
  const list = symbols.map((symbol) => `'${symbol}'`).join();
  const bars = await server.db.query<Bar>(
    `select cast(ts as long) ts, symbol, open, high, low, close, volume, buy_volume "buyVolume", trades, quotes, complete, source
     from candles_1m where venue = 'sim' and symbol in (${list}) and ts >= ${start0 * 1_000} order by ts, symbol`,
  );
  const found = new Map(bars.map((bar) => [`${bar.symbol} ${bar.ts}`, bar]));
  const counts = { equal: 0, exchange: 0, incomplete: 0, missing: 0 };
  for (const bar of expected) {
    const own = found.get(`${bar.symbol} ${bar.ts}`);
    if (!own) counts.missing += 1;
    else if (!own.complete) counts.incomplete += 1;
    else {
      const { quotes: _, ...prints } = bar;
      const fromTicks = own.source === 'closer';
      const { buyVolume: _b, trades: _t, ...stated } = prints;
      const wanted = { ...(fromTicks ? prints : stated), volume: expect.closeTo(bar.volume, 9) };
      expect(own).toMatchObject(fromTicks ? { ...wanted, buyVolume: expect.closeTo(bar.buyVolume, 9) } : wanted);
      counts[fromTicks ? 'equal' : 'exchange'] += 1;
    }
  }
  // What is missing or incomplete lies in a gap that the ledger has.
  const gaps = await server.db.query<{
    symbol: string;
    event: string;
    since: number;
    until: number | null;
    how: string | null;
  }>(
    `select symbol, event, cast(since as long) since, cast(until as long) until, how from gaps
     where venue = 'sim' and symbol in (${list}) latest on ts partition by gap_id`,
  );
  for (const bar of expected) {
    const own = found.get(`${bar.symbol} ${bar.ts}`);
    if (own?.complete && own.source === 'closer') continue;
    const touching = gaps.filter(
      ({ symbol, since, until }) =>
        symbol === bar.symbol && since < bar.ts + minute && (until === null || until > bar.ts),
    );
    expect(touching, `${bar.symbol} ${bar.ts} is not whole and in no gap`).not.toEqual([]);
  }
  const states = Object.groupBy(gaps, (gap) => gap.event);
  return {
    ...counts,
    gaps: {
      healed: states.healed?.length ?? 0,
      bounded: states.bounded?.length ?? 0,
      open: states.opened?.length ?? 0,
    },
  };
}

/** received = stored + queued + spooled + rejected + duplicates + lost, stored being QuestDB's own count. */
function checkAccount(account: Account) {
  const { received, stored, queued, spooled, rejected, duplicates, lost, missing } = account;
  expect(stored + queued + spooled + rejected + duplicates + lost, JSON.stringify(account)).toBe(received);
  expect({ queued, spooled, lost, missing }).toEqual({ queued: 0, spooled: 0, lost: 0, missing: 0 });
}

const show = (what: string, ...counts: unknown[]) => console.log(what, ...counts.map((each) => JSON.stringify(each)));

describe('ingest under faults', { timeout: 300_000 }, () => {
  it('an undisturbed run: every bar of whole minutes is that of the market', async () => {
    const { symbols, expected, options } = await market(4, 30);
    const account = await pipeline(options);
    const bars = await checkBars(symbols, expected);
    show('undisturbed', account, bars);
    checkAccount(account);
    expect(account).toMatchObject({ duplicates: 0, rejected: 0 });
    // The first minute begins before the first event, and nobody sees the end of the last.
    expect(bars).toMatchObject({ missing: 0 });
    expect(bars.equal).toBeGreaterThanOrEqual(2 * symbols.length);
  });

  it('QuestDB killed in mid-stream and started again', async () => {
    const { symbols, expected, options } = await market(5, 15);
    let killed: Promise<void> | undefined;
    let seen = 0;
    const account = await pipeline({
      ...options,
      onEvent: (event) => {
        if (event.type === 'tick' && ++seen === 400) killed = kill().then(start);
      },
    });
    await killed;
    const bars = await checkBars(symbols, expected);
    show('QuestDB killed', account, bars);
    checkAccount(account);
    expect(bars).toMatchObject({ missing: 0, incomplete: expect.toSatisfy((n: number) => n <= symbols.length) });
    expect(bars.equal).toBeGreaterThanOrEqual(3 * symbols.length);
  });

  it('QuestDB away for 60 s', async () => {
    const { symbols, expected, options } = await market(5, 4);
    let away: Promise<void> | undefined;
    let seen = 0;
    let spooledMost = 0;
    const account = await pipeline({
      ...options,
      onEvent: (event) => {
        if (event.type !== 'tick') return;
        seen += 1;
        if (seen === 100)
          away = kill()
            .then(() => sleep(60_000))
            .then(start);
        spooledMost = Math.max(spooledMost, seen);
      },
    });
    await away;
    const bars = await checkBars(symbols, expected);
    show('QuestDB away for 60 s', account, bars);
    checkAccount(account);
    expect(bars).toMatchObject({ missing: 0, incomplete: expect.toSatisfy((n: number) => n <= symbols.length) });
    expect(bars.equal).toBeGreaterThanOrEqual(3 * symbols.length);
  });

  it('the socket dropped 20 times', async () => {
    const { symbols, expected, options } = await market(6, 15);
    let drops = 0;
    let seen = 0;
    const account = await pipeline({
      ...options,
      onEvent: (event) => {
        if (event.type !== 'tick') return;
        seen += 1;
        if (drops < 20 && seen >= 60 * (drops + 1)) {
          drops += 1;
          exchange.faults.dropAll();
        }
      },
    });
    const bars = await checkBars(symbols, expected);
    show('dropped 20 times', account, bars);
    expect(drops).toBe(20);
    checkAccount(account);
    expect(bars.missing + bars.incomplete).toBeLessThanOrEqual(2 * symbols.length);
    expect(bars.gaps.healed).toBeGreaterThanOrEqual(20);
  });

  it('a stream that stalls while its pongs go on', async () => {
    const { symbols, expected, options } = await market(5, 15);
    let stalled = 0;
    let seen = 0;
    const causes: string[] = [];
    const account = await pipeline({
      ...options,
      stallMs: 700,
      onEvent: (event) => {
        if (event.type === 'disconnected') causes.push(event.cause);
        if (event.type !== 'tick') return;
        seen += 1;
        if (seen === 300 || seen === 700) {
          stalled += 1;
          exchange.faults.stallAll();
        }
      },
    });
    const bars = await checkBars(symbols, expected);
    show('stalled', account, bars);
    expect(stalled).toBe(2);
    expect(causes.filter((cause) => /no data for 0.7 s/.test(cause)).length).toBe(2);
    checkAccount(account);
    expect(bars.missing + bars.incomplete).toBeLessThanOrEqual(2 * symbols.length);
  });

  it('every push sent twice', async () => {
    const { symbols, expected, options } = await market(4, 30);
    exchange.faults.copies = 2;
    const account = await pipeline(options);
    const bars = await checkBars(symbols, expected);
    show('duplicates', account, bars);
    checkAccount(account);
    expect(account.duplicates).toBe(account.stored);
    expect(bars.equal).toBeGreaterThanOrEqual(2 * symbols.length);
  });

  it('every malformed frame of the corpus, in between', async () => {
    const { symbols, expected, options } = await market(4, 30);
    const [symbol] = symbols;
    // Frames with sound rows in them, which pass, would add to the market.
    const corpus = malformed.flatMap(({ text, passing }) => (typeof text === 'string' && !passing ? [text] : []));
    let sent = 0;
    let seen = 0;
    const account = await pipeline({
      ...options,
      onEvent: (event) => {
        if (event.type !== 'tick' || ++seen % 5 !== 0 || sent >= corpus.length) return;
        exchange.faults.sendRaw(corpus[sent++].replaceAll('AAA-USDT', symbol));
      },
    });
    const bars = await checkBars(symbols, expected);
    show('malformed', { frames: sent }, account, bars);
    expect(sent).toBe(corpus.length);
    expect(sent).toBeGreaterThanOrEqual(60);
    checkAccount(account);
    expect(account.rejected).toBeGreaterThanOrEqual(60);
    await server.db.applied(['rejected_ticks']);
    const kept = await server.db.query<{ n: number }>("select count() n from rejected_ticks where venue = 'sim'");
    expect(kept[0].n).toBeGreaterThanOrEqual(50);
  });

  it('the ingest process killed in mid-stream and started again', async () => {
    const { symbols, expected, options } = await market(6, 15);
    const { onSubscribed: _, ...shared } = options;
    const first = processOf({ ...shared, flushMs: 250 });
    await said(first, 'subscribed');
    exchange.play();
    await said(first, 'ticks');
    await sleep(6_000);
    const gone = once(first, 'exit');
    first.kill('SIGKILL');
    await gone;
    await sleep(1_500);
    const second = processOf({ ...shared, flushMs: 250 });
    const { account } = (await ended(second)) as { account: Account };
    const bars = await checkBars(symbols, expected);
    show('ingest killed', account, bars);
    checkAccount(account);
    expect(bars.missing + bars.incomplete).toBeLessThanOrEqual(2 * symbols.length);
    expect(bars.gaps.healed).toBeGreaterThanOrEqual(symbols.length);
  });

  it('the ingest process killed while QuestDB is away: what was in the spool is stored, what was not is in a gap', async () => {
    const { symbols, expected, options } = await market(12, 12);
    const { onSubscribed: _, ...shared } = options;
    const first = processOf({ ...shared, flushMs: 250 });
    await said(first, 'subscribed');
    exchange.play();
    await said(first, 'ticks');
    await sleep(3_000);
    await kill();
    await sleep(4_000);
    const killedAt = Date.now() * 1_000;
    const gone = once(first, 'exit');
    first.kill('SIGKILL');
    await gone;
    await start();
    const second = processOf({ ...shared, flushMs: 250 });
    const { account } = (await ended(second)) as { account: Account };
    const bars = await checkBars(symbols, expected);
    // Nothing that had come half a second before the end is missing: its receipt and its batch were long past.
    const list = symbols.map((symbol) => `'${symbol}'`).join();
    const [{ rows }] = await server.db.query<{ rows: number }>(
      `select count() "rows" from ticks where venue = 'sim' and symbol in (${list})
       and received_at > ${killedAt - 3_500_000} and received_at < ${killedAt - 500_000}`,
    );
    show('ingest killed while QuestDB is away', account, bars, { rows_of_the_outage: rows });
    checkAccount(account);
    expect(account.recovered).toBeGreaterThan(100);
    expect(rows).toBeGreaterThan(100);
    expect(bars.missing + bars.incomplete).toBeLessThanOrEqual(2 * symbols.length);
  });
});

const script = fileURLToPath(new URL('./pipeline_process.ts', import.meta.url));

function processOf(options: Omit<PipelineOptions, 'onSubscribed' | 'onEvent'>): ChildProcess {
  return spawn(process.execPath, [script, JSON.stringify(options)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

async function said(child: ChildProcess, word: string): Promise<void> {
  for (;;) {
    const [message] = await once(child, 'message');
    if (message === word) return;
  }
}

async function ended(child: ChildProcess): Promise<unknown> {
  const messages: unknown[] = [];
  child.on('message', (message) => messages.push(message));
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  return messages.at(-1);
}
