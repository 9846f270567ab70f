import { InvalidArgumentError } from 'commander';

/** A whole number from `least` on, for an option. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least)
      throw new InvalidArgumentError(`Give a whole number from ${least} on.`);
    return value;
  };
}

/** A positive number, for an option. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('Give a number above 0.');
  return value;
}

/** `BTC-USDT,ETH-USDT`, for an option. */
export function symbolList(text: string): string[] {
  const symbols = text.split(',').map((symbol) => symbol.trim().toUpperCase());
  const wrong = symbols.find((symbol) => !/^[A-Z0-9]+-[A-Z0-9]+$/.test(symbol));
  if (wrong !== undefined)
    throw new InvalidArgumentError(`${wrong || 'An empty name'} is no symbol; a symbol reads like BTC-USDT.`);
  return symbols;
}
