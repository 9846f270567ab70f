import { basename } from 'node:path';
import { pairOf } from '#ingest/pair_name.ts';
import { UserError } from '#lib/errors.ts';

/** What the name of a file of Binance's public archive says, such as `1000PEPEUSDT-aggTrades-2024-08.zip`. */
export interface BinanceName {
  /** Binance's: `1000PEPEUSDT`. */
  instrument: string;
  /** Ours: `PEPE-USDT`. */
  symbol: string;
  /** Its prices are of 10^`power` coins. */
  power: number;
  kind: 'aggTrades' | 'trades' | '1m';
}

/**
 * @param kind what the importer expects
 * @throws UserError when the name does not say all of it, or another kind
 */
export function binanceName(path: string, kind: BinanceName['kind']): BinanceName {
  const name = basename(path);
  const parts = /^([A-Z0-9_]+)-(aggTrades|trades|[0-9]+[a-zA-Z]+)-\d{4}-\d{2}(?:-\d{2})?\.(?:zip|csv|csv\.gz)$/.exec(
    name,
  );
  if (!parts)
    throw new UserError(
      `The name of ${name} is not one of Binance's archive.`,
      `Name it as it was there, like BTCUSDT-${kind}-2024-08-05.zip or .csv.`,
    );
  const [, instrument, found] = parts;
  if (found !== kind)
    throw new UserError(
      `${name} holds ${found}, not ${kind}.`,
      {
        aggTrades: 'Use import binance-agg-trades.',
        trades: 'Use import binance-trades.',
        '1m': 'Use import binance-klines.',
      }[found] ?? 'Only klines of one minute are taken; coarser bars are made of them.',
    );
  const pair = instrument.includes('_') ? null : pairOf(instrument);
  if (!pair)
    throw new UserError(
      `${instrument} in ${name} is no pair or perpetual with a known quote coin.`,
      'Contracts that expire or are settled in coin are not taken.',
    );
  return { instrument, ...pair, kind };
}

/** `binance-um` unless told otherwise. */
export function binanceVenue(market: string | undefined, venue: string | undefined): string {
  if (venue !== undefined) return venueName(venue);
  if (market === undefined || market === 'um') return 'binance-um';
  if (market === 'spot') return 'binance-spot';
  throw new UserError(`${JSON.stringify(market)} is no market of Binance here.`, 'Give --market um or --market spot.');
}

/** @throws UserError for a name that no venue can have */
export function venueName(name: string): string {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name))
    throw new UserError(`${JSON.stringify(name)} is no name of a venue.`, 'Name it like binance-um.');
  return name;
}
