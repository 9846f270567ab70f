import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { plausibilityLimits } from '#ingest/normalise/plausibility.ts';
import { ingest } from '#ingest/session/ingest.ts';
import { TickWriter } from '#ingest/store/writer.ts';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { BlofinFeed } from './feed.ts';
import { malformed } from './fixtures/malformed.ts';
import { instId, push, trade } from './fixtures/pushes.ts';
import { startVenueServer, type VenueServer } from './fixtures/venue_server.ts';
import { parseInstruments } from './instruments.ts';

/** Of this run alone: the venue of a live feed is always the same. */
const own = `M${randomUUID().slice(0, 8).toUpperCase()}-USDT`;
/** The megabytes that some frames hold would only make the table slow. */
const corpus = malformed.filter(({ text }) => text.length < 100_000);
let server: VenueServer;
let db: QuestDb;
let spool: string;

beforeEach(async () => {
  server = await startVenueServer();
  db = new QuestDb(inject('questdb'));
  spool = await mkdtemp(join(tmpdir(), 'malformed-'));
});
afterEach(async () => {
  await db.close();
  await server.close();
  await rm(spool, { recursive: true });
});

describe('malformed frames on their way into QuestDB', () => {
  it('are in rejected_ticks with reason and raw text, and none of them is a tick', async () => {
    const feed = new BlofinFeed({
      // The frames are of one day, whenever this runs.
      ...{ wsUrl: server.wsUrl, symbols: [own], origin: { venue: 'blofin', kind: 'live' } },
      limits: { ...plausibilityLimits, maxBehindSeconds: Infinity },
      ...{
        instruments: parseInstruments([{ instId: own, contractValue: '0.1' }]),
        subscriptions: { spacingMs: 1 },
        maxLagMs: Infinity,
      },
    });
    const writer = await TickWriter.connect(
      db.address,
      { flushMs: 50, batchRows: 1_000, queueRows: 10_000, spool: { directory: spool, maxBytes: 1e8, sync: false } },
      silent,
    );
    const renamed = (text: string) => text.replaceAll(instId, own);
    const sound = (tradeId: string) => renamed(push('trades', { ...trade, tradeId }));
    const summary = await ingest({
      ...{ db, feed, writer, venue: 'blofin', symbols: [own], log: silent, close: async () => {} },
      onSubscribed: async () => {
        await server.send(sound('first'));
        for (const { text } of corpus) await server.send(typeof text === 'string' ? renamed(text) : text);
        await server.send(sound('last'));
      },
      onEvent: (event) => {
        if (event.type === 'tick' && event.tick.eventId === 'last') void feed.close();
      },
    });
    await writer.close();

    const expected: { [reason: string]: number } = {};
    for (const { reason, rows = 1 } of corpus) expected[reason] = (expected[reason] ?? 0) + rows;
    expect(summary.reasons).toEqual(expected);

    await db.applied(['ticks', 'rejected_ticks']);
    const stored = await db.query<{ event_id: string; price: number; size: number }>(
      `select event_id, price, size from ticks where venue = 'blofin' and symbol = '${own}' order by event_id`,
    );
    const ids = ['first', 'last', ...corpus.flatMap(({ passing = 0 }) => ['h1', 'h2'].slice(0, passing))].sort();
    expect(stored).toEqual(ids.map((event_id) => ({ event_id, price: 5.25, size: 0.4 })));

    const refused = await db.query<{ reason: string; raw: string }>(
      `select reason, raw from rejected_ticks where venue = 'blofin' and symbol = '${own}'`,
    );
    // Those of which a symbol can be told, whole and alone in their frame: as they came.
    const kept = new Set(refused.map(({ reason, raw }) => `${reason}: ${raw}`));
    const named = corpus.filter(({ reason }) => /^(price|size|side|time|trade|bid)/.test(reason));
    for (const { name, text, reason, rows = 1 } of named) {
      if (rows === 1) expect(kept, name).toContain(`${reason}: ${renamed(String(text))}`);
    }
    expect(named.length).toBeGreaterThan(60);
  });
});
