import { describe, expect, it } from 'vitest';
import { malformed } from '#ingest/venues/blofin/fixtures/malformed.ts';
import { checkAccount, checkBars, faultyMarkets, show } from './faulty_market.ts';
import { pipeline } from './pipeline.ts';

const faulty = faultyMarkets();

describe('ingest under faults of its stream', () => {
  it('an undisturbed run: every bar of whole minutes is that of the market', async () => {
    const { symbols, expected, options } = await faulty.market(4, 30);
    const account = await pipeline(options);
    const bars = await checkBars(faulty.server, symbols, expected);
    show('undisturbed', account, bars);
    checkAccount(account);
    expect(account).toMatchObject({ duplicates: 0, rejected: 0 });
    // The first minute begins before the first event, and nobody sees the end of the last.
    expect(bars).toMatchObject({ missing: 0 });
    expect(bars.equal).toBeGreaterThanOrEqual(2 * symbols.length);
  });

  it('the socket dropped 20 times', async () => {
    const { symbols, expected, options } = await faulty.market(6, 15);
    let drops = 0;
    let seen = 0;
    const account = await pipeline({
      ...options,
      onEvent: (event) => {
        if (event.type !== 'tick') return;
        seen += 1;
        if (drops < 20 && seen >= 60 * (drops + 1)) {
          drops += 1;
          faulty.exchange.faults.dropAll();
        }
      },
    });
    const bars = await checkBars(faulty.server, symbols, expected);
    show('dropped 20 times', account, bars);
    expect(drops).toBe(20);
    checkAccount(account);
    expect(bars.missing + bars.incomplete).toBeLessThanOrEqual(2 * symbols.length);
    expect(bars.gaps.healed).toBeGreaterThanOrEqual(20);
  });

  it('a stream that stalls while its pongs go on', async () => {
    const { symbols, expected, options } = await faulty.market(5, 15);
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
          faulty.exchange.faults.stallAll();
        }
      },
    });
    const bars = await checkBars(faulty.server, symbols, expected);
    show('stalled', account, bars);
    expect(stalled).toBe(2);
    expect(causes.filter((cause) => /no data for 0.7 s/.test(cause)).length).toBe(2);
    checkAccount(account);
    expect(bars.missing + bars.incomplete).toBeLessThanOrEqual(2 * symbols.length);
  });

  it('every push sent twice', async () => {
    const { symbols, expected, options } = await faulty.market(4, 30);
    faulty.exchange.faults.copies = 2;
    const account = await pipeline(options);
    const bars = await checkBars(faulty.server, symbols, expected);
    show('duplicates', account, bars);
    checkAccount(account);
    expect(account.duplicates).toBe(account.stored);
    expect(bars.equal).toBeGreaterThanOrEqual(2 * symbols.length);
  });

  it('every malformed frame of the corpus, in between', async () => {
    const { symbols, expected, options } = await faulty.market(4, 30);
    const [symbol] = symbols;
    // Frames with sound rows in them, which pass, would add to the market.
    const corpus = malformed.flatMap(({ text, passing }) => (typeof text === 'string' && !passing ? [text] : []));
    let sent = 0;
    let seen = 0;
    const account = await pipeline({
      ...options,
      onEvent: (event) => {
        if (event.type !== 'tick' || ++seen % 5 !== 0 || sent >= corpus.length) return;
        faulty.exchange.faults.sendRaw(corpus[sent++].replaceAll('AAA-USDT', symbol));
      },
    });
    const bars = await checkBars(faulty.server, symbols, expected);
    show('malformed', { frames: sent }, account, bars);
    expect(sent).toBe(corpus.length);
    expect(sent).toBeGreaterThanOrEqual(60);
    checkAccount(account);
    expect(account.rejected).toBeGreaterThanOrEqual(60);
    await faulty.server.db.applied(['rejected_ticks']);
    const kept = await faulty.server.db.query<{ n: number }>(
      "select count() n from rejected_ticks where venue = 'sim'",
    );
    expect(kept[0].n).toBeGreaterThanOrEqual(50);
  });
});
