import { unitOf } from '#ingest/listing.ts';
import type { Arrival, Deduplicator } from '#ingest/normalise/deduplicator.ts';
import { pairOf } from '#ingest/pair_name.ts';
import type { Protocol } from '#ingest/transport/socket.ts';
import { BinanceProtocol, type Channel } from '#ingest/venues/binance/protocol.ts';
import { parseInstruments } from '#ingest/venues/blofin/instruments.ts';
import { BlofinProtocol } from '#ingest/venues/blofin/protocol.ts';
import { UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';

/** Reads frames, in their order, as the live feed does. */
export type FrameReader = (arrival: Arrival) => void;

/** Nothing is asked for: the protocols only read. */
const timings = { spacingMs: 0, ackTimeoutMs: 0, perRequest: 1 };

/**
 * @param contractValue base coin per contract by the venue's name of the instrument
 * @throws UserError when one of them cannot be used
 */
export function blofinFrameReader(
  contractValue: { [instId: string]: string },
  deduplicator: Deduplicator,
  log: Logger,
): FrameReader {
  const rows = Object.entries(contractValue).map(([instId, value]) => ({ instId, contractValue: value }));
  const instruments = parseInstruments(rows);
  for (const reason of instruments.unreadable.values())
    throw new UserError(reason, 'Mend the contract values that are given, or leave the pair out of them.');
  const listings = [...instruments.values()];
  const protocol = new BlofinProtocol(listings, deduplicator, log, timings);
  return (arrival) => protocol.received(arrival);
}

/**
 * Instruments are known by their streams. Of an instrument's two streams of trades the one that comes first is read, as the
 * live feed follows one: both together would count every trade twice.
 */
export function binanceFrameReader(deduplicator: Deduplicator, log: Logger): FrameReader {
  const protocolOf = (instId: string | null, channel: Channel) => {
    const pair = instId === null ? null : pairOf(instId);
    const listings = pair ? [{ ...pair, instId: instId!, unit: unitOf('1', pair.power) }] : [];
    return new BinanceProtocol(listings, () => channel, { deduplicator, log, timings });
  };
  const strange = protocolOf(null, 'aggTrade');
  const known = new Map<string, Protocol>();
  return (arrival) => {
    const [, name, channel] = /"stream"\s*:\s*"([a-z0-9]+)@([A-Za-z]+)"/.exec(arrival.raw) ?? [];
    if (!name) return strange.received(arrival);
    const quotes = channel === 'bookTicker';
    const key = `${name} ${quotes ? 'quotes' : 'trades'}`;
    let protocol = known.get(key);
    if (!protocol) {
      protocol = protocolOf(name.toUpperCase(), quotes || channel === 'trade' ? (channel as Channel) : 'aggTrade');
      known.set(key, protocol);
    }
    // What is of another stream is refused by its reason.
    return protocol.received(arrival);
  };
}
