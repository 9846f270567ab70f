import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MarketEvent } from '#ingest/feed.ts';
import { plausibilityLimits } from '#ingest/normalise/plausibility.ts';
import { BlofinFeed } from './feed.ts';
import { harmless, malformed, oversized } from './fixtures/malformed.ts';
import { instId, push, trade } from './fixtures/pushes.ts';
import { startVenueServer, type VenueServer } from './fixtures/venue_server.ts';
import { parseInstruments } from './instruments.ts';

let server: VenueServer;
let feed: BlofinFeed;

beforeEach(async () => {
  server = await startVenueServer();
  feed = new BlofinFeed({
    // The frames are of one day, whenever this runs.
    ...{ wsUrl: server.wsUrl, symbols: [instId], origin: { venue: 'blofin', kind: 'live' } },
    limits: { ...plausibilityLimits, maxBehindSeconds: Infinity },
    instruments: parseInstruments([{ instId, contractValue: '0.1' }]),
    ...{ subscriptions: { spacingMs: 1 }, connectSpacingMs: 1, backoffMinMs: 2, backoffMaxMs: 16, maxLagMs: Infinity },
  });
});
afterEach(async () => {
  await feed.close();
  await server.close();
});

/** Sends each frame and a sound trade after it, whose arrival shows that the feed goes on. What came before each. */
async function answers(frames: readonly (string | Buffer)[]): Promise<MarketEvent[][]> {
  const before: MarketEvent[][] = [];
  let got: MarketEvent[] = [];
  const next = () => {
    const i = before.length;
    const marker = push('trades', { ...trade, tradeId: `sound ${i}`.replace(' ', '-') });
    if (i < frames.length) void server.send(frames[i]).then(() => server.send(marker));
    else void feed.close();
  };
  for await (const event of feed) {
    if (event.type === 'tick' && event.tick.eventId === `sound-${before.length}`) {
      before.push(got);
      got = [];
      next();
    } else if (event.type === 'subscribed') next();
    else got.push(event);
  }
  return before;
}

const short = (event: MarketEvent) => {
  if (event.type === 'rejected') return event.row.reason;
  return event.type === 'tick' ? `passed ${event.tick.eventId}` : event.type;
};

describe('malformed frames', () => {
  it('number more than 60, each with a name of its own', () => {
    expect(malformed.length).toBeGreaterThan(60);
    expect(new Set(malformed.map(({ name }) => name)).size).toBe(malformed.length);
  });

  it('give each its reason and no tick over a live socket, and the feed goes on', async () => {
    const got = await answers(malformed.map(({ text }) => text));
    expect(
      malformed.map(({ name }, i) => [name, got[i].map(short).filter((what) => !what.startsWith('passed'))]),
    ).toEqual(malformed.map(({ name, reason, rows = 1 }) => [name, Array.from({ length: rows }, () => reason)]));
    const passed = got.map((events) => events.filter(({ type }) => type === 'tick').length);
    expect(passed).toEqual(malformed.map(({ passing = 0 }) => passing));

    const refused = malformed.reduce((sum, { rows = 1 }) => sum + rows, 0);
    const ticks = malformed.length + malformed.reduce((sum, { passing = 0 }) => sum + passing, 0);
    expect(feed.counters).toMatchObject({ rejected: refused, ticks, received: refused + ticks, duplicates: 0 });
    expect(feed.counters.reconnects).toBe(0);
  });

  it('keep their text with the refusal, not longer than 4,096 characters', async () => {
    const got = await answers(malformed.map(({ text }) => text));
    for (const [i, { text, name }] of malformed.entries()) {
      for (const event of got[i]) {
        if (event.type !== 'rejected') continue;
        expect(event.row.raw.length, name).toBeLessThanOrEqual(4_096);
        // The part that a row was in where there were several; a lone half of a pair cannot be sent as it is.
        if (typeof text !== 'string' || (malformed[i].rows ?? 1) > 1 || text === '\ud83d') continue;
        expect(event.row.raw, name).toBe(text.slice(0, 4_096));
      }
    }
  });

  it('and refusals of any form do no harm', async () => {
    expect((await answers(harmless)).map((events) => events.map(short))).toEqual(harmless.map(() => []));
    expect(feed.counters).toMatchObject({ received: harmless.length, ticks: harmless.length, reconnects: 0 });
  });

  it('of more than a client takes end the connection, and the next one is sound', async () => {
    const events: MarketEvent[] = [];
    let subscribed = 0;
    for await (const event of feed) {
      events.push(event);
      if (event.type === 'subscribed' && ++subscribed === 1) void server.send(oversized);
      else if (event.type === 'subscribed') void server.send(push('trades', trade));
      if (event.type === 'tick') await feed.close();
    }
    expect(events.map(short)).toEqual(['subscribed', 'disconnected', 'subscribed', `passed ${trade.tradeId}`]);
    expect(events[1]).toMatchObject({ cause: expect.stringMatching(/max payload size/i) });
  });
});
