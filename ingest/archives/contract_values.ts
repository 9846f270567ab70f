import { readFileSync } from 'node:fs';
import { isDecimal } from '#ingest/decimal.ts';
import { reasonOf, UserError } from '#lib/errors.ts';

/**
 * Base coin per contract by the venue's name of the instrument, from a file: `{"BTC-USDT": "0.001"}`, or what Blofin's
 * REST `/instruments` answers.
 * @throws UserError when the file cannot be read or states something else
 */
export function readContractValues(path: string): { [instId: string]: string } {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new UserError(
      `${path} could not be read: ${reasonOf(cause)}.`,
      'It must be JSON like {"BTC-USDT": "0.001"}.',
      {
        cause,
      },
    );
  }
  const rows = Array.isArray(content) ? content : (content as { data?: unknown } | null)?.data;
  const values = Array.isArray(rows)
    ? rows.map((row: { instId?: unknown; contractValue?: unknown }) => [row.instId, row.contractValue])
    : Object.entries(content ?? {});
  return Object.fromEntries(
    values.map(([name, value]) => {
      const text = String(value);
      if (typeof name !== 'string' || !isDecimal(text) || !(Number(text) > 0))
        throw new UserError(
          `${path} states the contract value ${JSON.stringify(value)} for ${JSON.stringify(name)}.`,
          'It must be JSON like {"BTC-USDT": "0.001"}.',
        );
      return [name, text];
    }),
  );
}
