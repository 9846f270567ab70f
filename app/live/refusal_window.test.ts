import { expect, it } from 'vitest';
import type { MarketEvent, RejectReason } from '#ingest/feed.ts';
import { RefusalWindow } from './refusal_window.ts';

const refused = (reason: RejectReason, ts: number | null = null): MarketEvent => ({
  ...{ type: 'rejected', symbols: [], kind: null, ts },
  row: { venue: 'v', symbol: null, source: 'ws', reason, raw: '', receivedAt: 1e12 },
});

it('counts what was refused in the last minute and a half, names the commonest reason, and forgets', () => {
  const window = new RefusalWindow(0);
  expect(window.read(100, 1_000)).toBeNull();
  for (let i = 0; i < 3; i++) window.saw(refused('malformed frame'));
  for (let i = 0; i < 9; i++) window.saw(refused('not a market trade'));
  for (let i = 0; i < 4; i++) window.saw(refused('time is too far ahead', 1e12 + 600e6));
  expect(window.read(200, 20_000)).toEqual({
    ...{ seconds: 20, received: 200, refused: 7, reason: 'time is too far ahead', clock_off_seconds: 600 },
  });
  for (let at = 22_000; at <= 100_000; at += 2_000) window.read(300, at);
  expect(window.read(300, 100_000)).not.toBeNull();
  for (let at = 102_000; at <= 120_000; at += 2_000) window.read(300, at);
  expect(window.read(300, 120_000)).toBeNull();
});
