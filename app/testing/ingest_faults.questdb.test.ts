import { describe, expect, it } from 'vitest';
import { checkAccount, checkBars, faultyMarkets, show } from './faulty_market.ts';
import { pipeline } from './pipeline.ts';

const faulty = faultyMarkets();

const start = () => faulty.server.start();
const kill = () => faulty.server.kill();

describe('ingest under faults of QuestDB', () => {
  it('QuestDB killed in mid-stream and started again', async () => {
    const { symbols, expected, options } = await faulty.market(5, 15);
    let killed: Promise<void> | undefined;
    let seen = 0;
    const account = await pipeline({
      ...options,
      onEvent: (event) => {
        if (event.type === 'tick' && ++seen === 400) killed = kill().then(start);
      },
    });
    await killed;
    const bars = await checkBars(faulty.server, symbols, expected);
    show('QuestDB killed', account, bars);
    checkAccount(account);
    expect(bars).toMatchObject({ missing: 0, incomplete: expect.toSatisfy((n: number) => n <= symbols.length) });
    expect(bars.equal).toBeGreaterThanOrEqual(3 * symbols.length);
  });

  it('QuestDB away for long', async () => {
    const { symbols, expected, options } = await faulty.market(5, 15);
    let away: Promise<void> | undefined;
    let seen = 0;
    let back = false;
    let whileAway = 0;
    const account = await pipeline({
      ...options,
      onEvent: (event) => {
        if (event.type !== 'tick') return;
        seen += 1;
        if (away && !back) whileAway += 1;
        // For three minutes of the market, and ten tries at the longest pause between two.
        if (seen === 100)
          away = kill()
            .then(() => faulty.passed(180))
            .then(start)
            .then(() => {
              back = true;
            });
      },
    });
    await away;
    const bars = await checkBars(faulty.server, symbols, expected);
    show('QuestDB away for long', account, bars, { whileAway });
    checkAccount(account);
    expect(whileAway).toBeGreaterThan(500);
    expect(bars).toMatchObject({ missing: 0, incomplete: expect.toSatisfy((n: number) => n <= symbols.length) });
    expect(bars.equal).toBeGreaterThanOrEqual(3 * symbols.length);
  });
});
