import { UserError } from '#lib/errors.ts';
import { type Decimal, multiply, parseDecimal } from './decimal.ts';
import { decimalOf, isFields } from './rows.ts';

/** A linear perpetual. `contractValue`: base coin per contract, as decimal text. It changes over time: always load it. */
export interface Instrument {
  instId: string;
  contractValue: string;
  tickSize: string | null;
  lotSize: string | null;
  state: string;
}

/**
 * The linear instruments among the rows of REST `/instruments`. Inverse ones (`BTC-USD`) are left out: their contracts
 * are in quote coin, so their sizes would be wrong by the price.
 * @throws UserError when a row has no usable contract value
 */
export function parseInstruments(rows: unknown[]): Map<string, Instrument> {
  const instruments = new Map<string, Instrument>();
  for (const row of rows) {
    if (!isFields(row) || typeof row.instId !== 'string') continue;
    if (row.contractType !== undefined && row.contractType !== 'linear') continue;
    const contractValue = decimalOf(row.contractValue);
    if (contractValue === null || !(Number(contractValue) > 0)) {
      throw new UserError(
        `The exchange states contract value ${JSON.stringify(row.contractValue)} for ${row.instId}.`,
        'Sizes cannot be converted to base coin without it: try again, or leave the symbol out of market.symbols.',
      );
    }
    const { instId } = row;
    const state = typeof row.state === 'string' ? row.state : 'live';
    instruments.set(instId, {
      ...{ instId, contractValue, state },
      ...{ tickSize: decimalOf(row.tickSize), lotSize: decimalOf(row.lotSize) },
    });
  }
  return instruments;
}

/**
 * The contract value of each symbol, ready for `toBase`.
 * @throws UserError that names the symbols that the exchange does not list
 */
export function contractsOf(
  symbols: readonly string[],
  instruments: ReadonlyMap<string, { contractValue: string | number }>,
): Map<string, Decimal> {
  const unknown = symbols.filter((symbol) => !instruments.has(symbol));
  if (unknown.length > 0) {
    throw new UserError(
      `The exchange does not list ${unknown.join(', ')}.`,
      `Set market.symbols to some of its ${instruments.size} instruments, such as ${[...instruments.keys()].slice(0, 5).join(', ')}.`,
    );
  }
  return new Map(symbols.map((symbol) => [symbol, parseDecimal(String(instruments.get(symbol)!.contractValue))]));
}

/** Contracts (decimal text) in base coin: the double nearest to the exact decimal product. */
export function toBase(contracts: string, contractValue: Decimal): number {
  return multiply(contracts, contractValue);
}
