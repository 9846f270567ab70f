import { describe, expect, it } from 'vitest';
import { markOf, originOf, sourceOf } from './origin.ts';

describe('the mark of a local exchange', () => {
  it('is absent at the venue itself', () => {
    expect(originOf(null, 'blofin')).toEqual({ venue: 'blofin', kind: 'live' });
    expect(sourceOf(originOf(undefined, 'blofin'), 'rest')).toBe('rest');
  });

  it('makes rows of a recording replays of its venue', () => {
    const origin = originOf(markOf({ venue: 'binance-um', kind: 'recording' }), 'blofin');
    expect(origin).toEqual({ venue: 'binance-um', kind: 'recording' });
    expect([sourceOf(origin, 'ws'), sourceOf(origin, 'rest')]).toEqual(['replay', 'replay']);
  });

  it('makes simulated rows those of venue sim, whatever venue is claimed', () => {
    expect(originOf('venue=blofin; kind=simulated', 'blofin')).toEqual({ venue: 'sim', kind: 'simulated' });
  });

  it.each(['', 'venue=blofin', 'kind=live', 'venue=blofin; kind=live', 'venue=; kind=recording'])(
    'that cannot be read is an error, not Blofin: %j',
    (header) => {
      expect(() => originOf(header, 'blofin')).toThrow(/not understood/);
    },
  );
});
