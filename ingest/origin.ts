import type { Tick, TickSource } from '#ingest/feed.ts';
import { UserError } from '#lib/errors.ts';
import type { Micros } from '#lib/time.ts';

/** Whose market a server shows: the exchange itself, a recording of one, or a simulated one. */
export interface Origin {
  venue: string;
  kind: 'live' | 'recording' | 'simulated';
}

/** The header that the local exchange sets on every answer, so that its rows can never pass as Blofin's. */
export const marketHeader = 'x-tickforest-market';

/**
 * Reads the mark of a local exchange from a response header. No mark: it is the `venue` itself. Simulated markets have venue `sim`,
 * whatever the header says.
 * @throws UserError when there is a mark that cannot be read: such a server must not pass as the venue's own
 */
export function originOf(header: string | string[] | null | undefined, venue: string): Origin {
  if (header === null || header === undefined) return { venue, kind: 'live' };
  const match = /^venue=([a-z0-9][a-z0-9-]*); *kind=(recording|simulated)$/.exec(String(header));
  if (!match) {
    throw new UserError(
      `The server marks its market as ${JSON.stringify(header)}, which is not understood.`,
      'Use a local exchange of the same version, or set market.restUrl and market.wsUrl.',
    );
  }
  if (match[2] === 'simulated') return { venue: 'sim', kind: 'simulated' };
  return { venue: match[1], kind: 'recording' };
}

/** The header's value for this origin. */
export function markOf(origin: Origin): string {
  return `venue=${origin.venue}; kind=${origin.kind}`;
}

/** The `source` of rows that came from this origin this way. */
export function sourceOf(origin: Origin, way: 'ws' | 'rest'): TickSource {
  return origin.kind === 'recording' ? 'replay' : way;
}

/** What all ticks of a frame or an answer share: whose they are, how they came, and when. */
export type Stamp = Pick<Tick, 'venue' | 'source' | 'receivedAt' | 'seq'>;

export function stampOf(origin: Origin, way: 'ws' | 'rest', receivedAt: Micros): Stamp {
  return { venue: origin.venue, source: sourceOf(origin, way), receivedAt, seq: receivedAt };
}
