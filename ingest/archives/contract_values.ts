import { readFileSync } from 'node:fs';
import { isDecimal } from '#ingest/decimal.ts';
import { reasonOf, UserError } from '#lib/errors.ts';

/**
 * Base coin per contract by the venue's name of the instrument, from a file: `{"BTC-USDT": "0.001"}`, or what Blofin's
 * REST `/instruments` answers. Such an answer may list pairs that are not open yet and have none: these are left out.
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
  if (Array.isArray(rows)) {
    const listed = rows.map((row: { instId?: unknown; contractValue?: unknown }) => [
      row.instId,
      String(row.contractValue),
    ]);
    const stated = listed.filter(([name, value]) => typeof name === 'string' && isContractValue(value as string));
    if (stated.length > 0) return Object.fromEntries(stated);
    throw new UserError(`${path} states no contract value.`, 'It must be JSON like {"BTC-USDT": "0.001"}.');
  }
  return Object.fromEntries(
    Object.entries(content ?? {}).map(([name, value]) => {
      const text = String(value);
      if (!isContractValue(text))
        throw new UserError(
          `${path} states the contract value ${JSON.stringify(value)} for ${JSON.stringify(name)}.`,
          'It must be JSON like {"BTC-USDT": "0.001"}.',
        );
      return [name, text];
    }),
  );
}

function isContractValue(text: string): boolean {
  return isDecimal(text) && Number(text) > 0;
}
