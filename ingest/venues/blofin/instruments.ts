import { bySymbol, coinOf, type Instruments, type Listing, type Unreadable, unitOf } from '#ingest/listing.ts';
import { decimalOf, isFields } from '#ingest/normalise/fields.ts';

/** A linear perpetual as Blofin lists it. */
export interface Instrument extends Listing {
  tickSize: string | null;
  lotSize: string | null;
  state: string;
}

/**
 * The linear instruments among the rows of REST `/instruments`, by our name. Inverse ones (`BTC-USD`) are left out: their
 * contracts are in quote coin, so their sizes would be wrong by the price. A pair without a usable contract value (one that
 * is announced and not yet open, say) is unreadable: its sizes could not be converted to base coin.
 */
export function parseInstruments(rows: unknown[]): Instruments<Instrument> {
  return bySymbol(rows.flatMap((row) => instrumentOf(row) ?? []));
}

function instrumentOf(row: unknown): Instrument | Unreadable | null {
  if (!isFields(row) || typeof row.instId !== 'string') return null;
  if (row.contractType !== undefined && row.contractType !== 'linear') return null;
  const [base, ...quote] = row.instId.split('-');
  const { coin, power } = coinOf(base);
  const symbol = [coin, ...quote].join('-');
  const contractValue = decimalOf(row.contractValue);
  if (contractValue === null || !(Number(contractValue) > 0))
    return {
      symbol,
      unreadable: `The exchange states contract value ${JSON.stringify(row.contractValue)} for ${row.instId}: sizes cannot be converted to base coin.`,
    };
  return {
    symbol,
    instId: row.instId,
    power,
    unit: unitOf(contractValue, power),
    state: typeof row.state === 'string' ? row.state : 'live',
    ...{ tickSize: decimalOf(row.tickSize), lotSize: decimalOf(row.lotSize) },
  };
}
