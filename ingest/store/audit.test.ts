import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, inject, it } from 'vitest';
import { UserError } from '#lib/errors.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { Audit } from './audit.ts';

const venue = `t-${randomUUID()}`;
const t0 = Date.UTC(2026, 2, 3, 10) * 1_000;

/** A QuestDB that is behind with its writes when it is first asked, until let go. */
class BehindAtFirst extends QuestDb {
  letGo = () => {};
  #behind: Promise<void> | undefined = new Promise((resolve) => {
    this.letGo = resolve;
  });

  override async applied(tables: readonly string[], timeoutMs?: number): Promise<boolean> {
    const behind = this.#behind;
    this.#behind = undefined;
    if (!behind) return super.applied(tables, timeoutMs);
    await behind;
    throw new UserError('QuestDB has not applied writes to ticks within 10 s.');
  }
}

const db = new BehindAtFirst(inject('questdb'));
afterAll(() => db.close());

it('counts each tick once, also when a count comes while another waits and then fails', async () => {
  const audit = new Audit(db, venue);
  let stored = 0;
  const acknowledged = async (ticks: number) => {
    const [from, to] = [t0 + stored, t0 + stored + ticks - 1];
    stored += ticks;
    await db.query(
      `INSERT INTO ticks (ts, venue, symbol, kind, event_id, price, received_at)
       SELECT cast(${from} + x - 1 AS TIMESTAMP), '${venue}', 'A-USDT', 'trade', cast(x AS VARCHAR), 1.0, cast(${from} + x - 1 AS TIMESTAMP)
       FROM long_sequence(${ticks})`,
    );
    audit.acknowledged(ticks, { receivedFrom: from, receivedTo: to, tsFrom: from, tsTo: to });
  };
  await acknowledged(100);
  const waiting = audit.count();
  const failed = expect(waiting).rejects.toThrow('has not applied writes');
  await acknowledged(50);
  const meanwhile = audit.count().catch(() => {});
  // Two counts at once would be done with the second by now.
  await Promise.race([meanwhile, sleep(1_000)]);
  await acknowledged(10);
  db.letGo();
  await failed;
  await audit.count();
  expect(audit.state).toEqual({ counted: 160, missing: 0, counting: null, since: null });
});
