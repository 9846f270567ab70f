import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Status } from '#app/status/status.ts';
import { runCli } from '#app/testing/cli.ts';
import { patienceMs } from '#app/testing/standing.ts';
import { type LocalExchange, startExchange } from '#ingest/venues/blofin/local/server.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';
import { SmallDisk } from '#lib/testing/small_disk.ts';

const disk = SmallDisk.mount(320);

describe.skipIf(!disk)('up whose disk is full (needs the right to mount)', () => {
  const env = {
    TICKFOREST_DATA_DIR: join(disk?.path ?? '', 'var'),
    TICKFOREST_QUESTDB_HTTP_PORT: '24000',
    TICKFOREST_QUESTDB_PG_PORT: '24100',
    TICKFOREST_REDIS_PORT: '24200',
    TICKFOREST_MARKET_SYMBOLS: 'BTC-USDT,ETH-USDT',
    // A few seconds of ticks: the feed has to wait for the rest.
    TICKFOREST_INGEST_QUEUE_ROWS: '50',
    TICKFOREST_RECORDINGS: undefined,
  };
  let exchange: LocalExchange;
  beforeAll(async () => {
    const symbols = ['BTC-USDT', 'ETH-USDT'];
    const market = simulateMarket({ symbols, seed: 6, start: Date.now() - 3_600_000, historyMinutes: 30 });
    exchange = await startExchange({ market, speed: 10, autoplay: true });
  });
  afterAll(async () => {
    await runCli(['down'], env);
    await exchange.close();
    disk!.unmount();
  });

  /** Undefined while there is nothing yet to say a word. */
  const status = async (): Promise<Status | undefined> => {
    const { stdout } = await runCli(['status', '--json'], env);
    return stdout === '' ? undefined : JSON.parse(stdout);
  };
  const until = async (what: string, holds: (now: Status) => boolean) => {
    let now: Status | undefined;
    for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await sleep(500)) {
      now = await status();
      if (now && holds(now)) return now;
    }
    throw new Error(`${what}: ${JSON.stringify(now?.problems)}`);
  };
  const processes = () => {
    const { pid, roles } = JSON.parse(readFileSync(join(env.TICKFOREST_DATA_DIR, 'up.json'), 'utf8'));
    return { pid, ...roles };
  };

  /** On a machine with far more work than it can do a server may be too slow for a start: then it is started again. */
  const started = async () => {
    for (let tries = 1; ; tries++) {
      const up = await runCli(['up', '--detach', '--exchange', exchange.restUrl, '--days', '0.02'], env);
      expect(up.code, up.stderr).toBe(0);
      while (existsSync(join(env.TICKFOREST_DATA_DIR, 'up.json'))) {
        if ((await status())?.feed) return;
        await sleep(500);
      }
      const log = readFileSync(join(env.TICKFOREST_DATA_DIR, 'logs', 'up.log'), 'utf8');
      if (tries === 3) throw new Error(`up has ended: ${log.slice(-2_000)}`);
    }
  };

  it('says so, keeps every process, and goes on with every tick when there is room again', async () => {
    await started();
    await until('ticks', ({ account }) => (account?.stored ?? 0) > 200);
    const before = processes();
    let received = 0;
    let silentSince = 0;
    const full = await until('ticks that wait', ({ account, feed, problems }) => {
      // QuestDB gives room back that it had in store.
      disk!.fill();
      received = account?.received ?? received;
      // Redis, whose disk is the same, may be full first, and then nobody can be told any more what waits.
      const silent = problems.some(({ what }) => what.includes('MISCONF'));
      silentSince = silent ? silentSince || Date.now() : 0;
      return silent ? Date.now() - silentSince > 20_000 : (account?.queued ?? 0) >= 50 && feed?.trouble !== null;
    });
    expect(full.problems.map(({ what }) => what).join('; ')).toMatch(/only \d+ MiB are free on the disk of .*var/);
    disk!.free();
    const { account } = await until(
      'all stored',
      (now) =>
        now.feed?.state === 'connected' &&
        now.feed.trouble === null &&
        now.account!.stored > received &&
        // What did not fit was spooled as soon as there was room for it.
        now.account!.spooled === 0 &&
        now.account!.queued < 50,
    );
    expect(account).toMatchObject({ lost: 0, unaccounted: 0 });
    expect(processes()).toEqual(before);
    await until('no other problem', ({ problems }) => problems.every(({ part }) => part === 'training'));
  });
});
