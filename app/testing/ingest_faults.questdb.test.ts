import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LocalExchange } from '#ingest/venues/blofin/local/server.ts';
import { migrate } from '#lib/questdb/migrations.ts';
import { checkAccount, checkBars, marketOf, show } from './faulty_market.ts';
import { OwnQuestDb } from './own_questdb.ts';
import { pipeline } from './pipeline.ts';

/** A server of this file's own, because it is killed. */
let server: OwnQuestDb;
let exchange: LocalExchange;
beforeAll(async () => {
  server = await OwnQuestDb.start('faults');
  await migrate(server.db);
});
afterEach(() => exchange.close());
afterAll(() => server.end());

async function market(minutes: number, speed: number) {
  const made = await marketOf(server, minutes, speed);
  exchange = made.exchange;
  return made;
}

/** Waits until so many seconds of the market have passed. */
async function passed(seconds: number) {
  const until = exchange.now() + seconds * 1_000;
  while (exchange.now() < until) await sleep(10);
}

const start = () => server.start();
const kill = () => server.kill();

describe('ingest under faults of QuestDB', () => {
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
    const bars = await checkBars(server, symbols, expected);
    show('QuestDB killed', account, bars);
    checkAccount(account);
    expect(bars).toMatchObject({ missing: 0, incomplete: expect.toSatisfy((n: number) => n <= symbols.length) });
    expect(bars.equal).toBeGreaterThanOrEqual(3 * symbols.length);
  });

  it('QuestDB away for long', async () => {
    const { symbols, expected, options } = await market(5, 15);
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
            .then(() => passed(180))
            .then(start)
            .then(() => {
              back = true;
            });
      },
    });
    await away;
    const bars = await checkBars(server, symbols, expected);
    show('QuestDB away for long', account, bars, { whileAway });
    checkAccount(account);
    expect(whileAway).toBeGreaterThan(500);
    expect(bars).toMatchObject({ missing: 0, incomplete: expect.toSatisfy((n: number) => n <= symbols.length) });
    expect(bars.equal).toBeGreaterThanOrEqual(3 * symbols.length);
  });
});
