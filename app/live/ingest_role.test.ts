import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Standing } from '#app/testing/standing.ts';
import { type LocalExchange, startExchange } from '#ingest/venues/blofin/local/server.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';

describe('the ingest role under its supervisor', () => {
  const symbols = ['BTC-USDT', 'ETH-USDT'];
  const standing = new Standing(25_000, {
    TICKFOREST_MARKET_SYMBOLS: symbols.join(),
    TICKFOREST_LOG_FORMAT: 'json',
  });
  let exchange: LocalExchange;
  beforeAll(async () => {
    const market = simulateMarket({ symbols, seed: 4, start: Date.now() - 3_600_000, historyMinutes: 60 });
    exchange = await startExchange({ market, speed: 10, autoplay: true });
    await standing.start(['--exchange', exchange.restUrl, '--days', '0.02']);
  });
  afterAll(async () => {
    await standing.end();
    await exchange.close();
  });

  /** Whether the process has ended, and is no zombie that nobody has reaped. */
  const gone = (pid: number) => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  };
  const newest = () => standing.count('select max(received_at)::long from ticks');
  const anotherIngest = async (before: number) => {
    await standing.until('the end of the old one', async () => gone(before));
    await standing.until('another ingest process', async () => standing.roles().ingest !== before);
    const ended = Date.now() * 1_000;
    await standing.until('its ticks', async () => (await newest()) > ended);
    await standing.until('a connected feed', async () => (await standing.status()).status.feed?.state === 'connected');
  };

  it('is started again after SIGKILL, and waits for the lease that the dead one holds', async () => {
    await standing.until('ticks', async () => (await newest()) > 0);
    const { ingest } = standing.roles();
    process.kill(ingest, 'SIGKILL');
    const told = async () =>
      (await standing.status()).status.problems.map(({ part, what }) => `${part}: ${what}`).join();
    const killed = /ingest: the ingest process ended \(SIGKILL\) \d+ s ago and was started again/;
    await standing.until('status that tells it', async () => killed.test(await told()));
    await anotherIngest(ingest);
    // Had it not waited for the lease, it would have failed and been started again.
    expect(standing.output.match(/role ended; starting it again/g)).toHaveLength(1);
    await standing.until('status that tells it no more', async () => !killed.test(await told()));
    expect((await standing.status()).status.ended.ingest).toMatchObject({ cause: 'SIGKILL' });
  });

  it('is started again after SIGTERM: it has ended, but it was not done', async () => {
    const { ingest } = standing.roles();
    process.kill(ingest, 'SIGTERM');
    await anotherIngest(ingest);
    expect(standing.output).not.toContain('role has done its work');
  });

  it('ends where its start fails, and starts again', async () => {
    const { ingest } = standing.roles();
    const { questdb } = standing.servers();
    // It accepts connections and answers nothing.
    process.kill(questdb.pid, 'SIGSTOP');
    try {
      process.kill(ingest, 'SIGKILL');
      const tries = new Set<number>([ingest]);
      await standing.until('a try that failed', async () => tries.add(standing.roles().ingest).size > 2);
      for (const pid of tries) if (pid !== standing.roles().ingest) expect(gone(pid)).toBe(true);
    } finally {
      process.kill(questdb.pid, 'SIGCONT');
    }
    await anotherIngest(ingest);
    expect(standing.output).toContain('did not answer');
  });

  it('is stopped with the others', async () => {
    expect(await standing.stop(), standing.output.slice(-2_000)).toBe(0);
    expect(standing.output).not.toContain('did not end in time');
  });
});
