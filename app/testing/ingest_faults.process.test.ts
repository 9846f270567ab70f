import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkAccount, checkBars, faultyMarkets, show } from './faulty_market.ts';
import type { Account, PipelineOptions } from './pipeline.ts';
import type { PipelineMessage } from './pipeline_process.ts';

const faulty = faultyMarkets();

describe('ingest whose process is killed', () => {
  it('the ingest process killed in mid-stream and started again', async () => {
    const { symbols, expected, options } = await faulty.market(6, 15);
    const { onSubscribed: _, ...shared } = options;
    const first = new PipelineProcess({ ...shared, flushMs: 250 });
    await first.subscribed();
    faulty.exchange.play();
    await first.ticks(1);
    await faulty.passed(90);
    await first.kill();
    // Nobody listens, for longer than the last trades of the exchange reach back.
    await faulty.passed(40);
    faulty.exchange.hold();
    const second = new PipelineProcess({ ...shared, flushMs: 250 });
    await second.subscribed();
    faulty.exchange.resume();
    const account = await second.account();
    const bars = await checkBars(faulty.server, symbols, expected);
    show('ingest killed', account, bars);
    checkAccount(account);
    expect(bars.missing + bars.incomplete).toBeLessThanOrEqual(2 * symbols.length);
    expect(bars.gaps.healed).toBeGreaterThanOrEqual(symbols.length);
  });

  it('the ingest process killed while QuestDB is away: what was in the spool is stored, what was not is in a gap', async () => {
    const { symbols, expected, options } = await faulty.market(8, 12);
    const { onSubscribed: _, ...shared } = options;
    const first = new PipelineProcess({ ...shared, flushMs: 250 });
    await first.subscribed();
    faulty.exchange.play();
    await first.ticks(100);
    await faulty.server.kill();
    const since = Date.now() * 1_000;
    await first.ticks(160);
    const until = Date.now() * 1_000;
    // Their receipt and their batch are long past when the end comes.
    await sleep(1_500);
    await first.kill();
    await faulty.passed(40);
    faulty.exchange.hold();
    await faulty.server.start();
    const second = new PipelineProcess({ ...shared, flushMs: 250 });
    await second.subscribed();
    faulty.exchange.resume();
    const account = await second.account();
    const bars = await checkBars(faulty.server, symbols, expected);
    const list = symbols.map((symbol) => `'${symbol}'`).join();
    const [{ rows }] = await faulty.server.db.query<{ rows: number }>(
      `select count() "rows" from ticks where venue = 'sim' and symbol in (${list})
       and received_at > ${since} and received_at < ${until}`,
    );
    show('ingest killed while QuestDB is away', account, bars, { rows_of_the_outage: rows });
    checkAccount(account);
    expect(account.recovered).toBeGreaterThan(100);
    expect(rows).toBeGreaterThan(100);
    expect(bars.missing + bars.incomplete).toBeLessThanOrEqual(2 * symbols.length);
  });
});

const script = fileURLToPath(new URL('./pipeline_process.ts', import.meta.url));

/** The pipeline as a process of its own. */
class PipelineProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #said: PipelineMessage[] = [];

  constructor(options: Omit<PipelineOptions, 'onSubscribed' | 'onEvent'>) {
    this.#child = spawn(process.execPath, [script, JSON.stringify(options)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message) => this.#said.push(message as PipelineMessage));
    this.#ended = once(this.#child, 'close').then(([code]) => code);
  }

  async subscribed(): Promise<void> {
    await this.#until(() => this.#said.some((message) => 'subscribed' in message));
  }

  /** Waits until it has received so many ticks from now on. */
  async ticks(count: number): Promise<void> {
    const received = () => Math.max(0, ...this.#said.map((message) => ('ticks' in message ? message.ticks : 0)));
    const before = received();
    await this.#until(() => received() >= before + count);
  }

  /** What it says at its end. */
  async account(): Promise<Account> {
    expect(await this.#ended).toBe(0);
    return this.#said.flatMap((message) => ('account' in message ? [message.account] : []))[0];
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#child.exitCode !== null) throw new Error(`ended with ${this.#child.exitCode}`);
      await sleep(10);
    }
  }
}
