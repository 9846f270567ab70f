import { describe, expect, it } from 'vitest';
import { markOf, originOf, sourceOf } from './origin.ts';

describe('the mark of a local exchange', () => {
  it('is absent at Blofin', () => {
    expect(originOf(null)).toEqual({ venue: 'blofin', kind: 'live' });
    expect(sourceOf(originOf(undefined), 'rest')).toBe('rest');
  });

  it('makes rows of a recording replays of its venue', () => {
    const origin = originOf(markOf({ venue: 'binance-um', kind: 'recording' }));
    expect(origin).toEqual({ venue: 'binance-um', kind: 'recording' });
    expect([sourceOf(origin, 'ws'), sourceOf(origin, 'rest')]).toEqual(['replay', 'replay']);
  });

  it('makes simulated rows those of venue sim, whatever venue is claimed', () => {
    expect(originOf('venue=blofin; kind=simulated')).toEqual({ venue: 'sim', kind: 'simulated' });
  });

  it.each(['', 'venue=blofin', 'kind=live', 'venue=blofin; kind=live', 'venue=; kind=recording'])(
    'that cannot be read is an error, not Blofin: %j',
    (header) => {
      expect(() => originOf(header)).toThrow(/not understood/);
    },
  );
});
