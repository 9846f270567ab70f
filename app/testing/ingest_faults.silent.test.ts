import { describe, expect, it } from 'vitest';
import { checkAccount, checkBars, faultyMarkets, show } from './faulty_market.ts';
import { pipeline } from './pipeline.ts';

const faulty = faultyMarkets();

/** Faults that no connection notices: sockets stay open, and other data goes on. */
describe('ingest under faults that nobody announces', () => {
  it('every tenth trade frame cut in half: each bar becomes right, and no gap is written for each frame', async () => {
    const { symbols, expected, options } = await faulty.market(5, 30);
    let seen = 0;
    const account = await pipeline({
      ...options,
      onEvent: (event) => {
        if (event.type !== 'tick') return;
        seen += 1;
        if (seen === 200) faulty.exchange.faults.mangle(10, 'cut', 'trades');
        if (seen === 800) faulty.exchange.faults.mangle(0, 'cut');
      },
    });
    const bars = await checkBars(faulty.server, symbols, expected);
    show('cut in half', account, bars);
    checkAccount(account);
    expect(account.rejected).toBeGreaterThan(20);
    const [{ n }] = await faulty.server.db.query<{ n: number }>(
      `select count_distinct(gap_id) n from gaps where cause = 'refused: malformed frame' and symbol in (${symbols.map((each) => `'${each}'`).join()})`,
    );
    expect(n).toBeGreaterThanOrEqual(symbols.length);
    expect(n).toBeLessThan(account.rejected);
    expect(bars.gaps).toMatchObject({ bounded: 0 });
    expect(bars.equal + bars.exchange).toBeGreaterThanOrEqual(3 * symbols.length);
  });

  it('trades that stop while tickers go on: a gap, a new connection, and bars that are right', async () => {
    const { symbols, expected, options } = await faulty.market(5, 30);
    let seen = 0;
    const causes: string[] = [];
    const account = await pipeline({
      ...options,
      onEvent: (event) => {
        if (event.type === 'disconnected') causes.push(event.cause);
        if (event.type !== 'tick') return;
        seen += 1;
        if (seen === 250) for (const symbol of symbols) faulty.exchange.faults.stallTopic(`trades ${symbol}`);
      },
    });
    const bars = await checkBars(faulty.server, symbols, expected);
    show('trades stopped', account, bars, causes);
    checkAccount(account);
    expect(causes[0]).toMatch(/^the trades of .* have stopped$/);
    expect(causes.length).toBeLessThanOrEqual(2);
    expect(bars.gaps).toMatchObject({ bounded: 0 });
    expect(bars.equal + bars.exchange).toBeGreaterThanOrEqual(3 * symbols.length);
  });

  it('trades that never come though they are subscribed', async () => {
    const { symbols, expected, options } = await faulty.market(4, 30);
    faulty.exchange.faults.mute(`trades ${symbols[0]}`);
    const causes: string[] = [];
    const account = await pipeline({
      ...options,
      onEvent: (event) => {
        if (event.type === 'disconnected') faulty.exchange.faults.unmute();
        if (event.type === 'disconnected') causes.push(event.cause);
      },
    });
    const bars = await checkBars(faulty.server, symbols, expected);
    show('never traded', account, bars, causes);
    checkAccount(account);
    expect(causes).toEqual([`the trades of ${symbols[0]} have stopped`]);
    expect(bars.gaps).toMatchObject({ bounded: 0 });
  });
});
