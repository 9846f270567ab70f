import { bySymbol, coinOf, type Listing, unitOf } from '#ingest/listing.ts';
import { decimalOf, isFields } from '#ingest/normalise/fields.ts';
import { UserError } from '#lib/errors.ts';

/** A linear perpetual as Blofin lists it. */
export interface Instrument extends Listing {
  tickSize: string | null;
  lotSize: string | null;
  state: string;
}

/**
 * The linear instruments among the rows of REST `/instruments`, by our name. Inverse ones (`BTC-USD`) are left out: their
 * contracts are in quote coin, so their sizes would be wrong by the price.
 * @throws UserError when a row has no usable contract value
 */
export function parseInstruments(rows: unknown[]): Map<string, Instrument> {
  return bySymbol(rows.flatMap((row) => instrumentOf(row) ?? []));
}

function instrumentOf(row: unknown): Instrument | null {
  if (!isFields(row) || typeof row.instId !== 'string') return null;
  if (row.contractType !== undefined && row.contractType !== 'linear') return null;
  const contractValue = decimalOf(row.contractValue);
  if (contractValue === null || !(Number(contractValue) > 0)) {
    throw new UserError(
      `The exchange states contract value ${JSON.stringify(row.contractValue)} for ${row.instId}.`,
      'Sizes cannot be converted to base coin without it: try again, or leave the symbol out of market.symbols.',
    );
  }
  const [base, ...quote] = row.instId.split('-');
  const { coin, power } = coinOf(base);
  return {
    symbol: [coin, ...quote].join('-'),
    instId: row.instId,
    power,
    unit: unitOf(contractValue, power),
    state: typeof row.state === 'string' ? row.state : 'live',
    ...{ tickSize: decimalOf(row.tickSize), lotSize: decimalOf(row.lotSize) },
  };
}
