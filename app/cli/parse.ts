import { InvalidArgumentError } from 'commander';

/** A whole number from `least` on, for an option. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`Give a whole number of ${least} or more.`);
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
    throw new InvalidArgumentError(`${wrong || 'An empty name'} is not a symbol; a symbol looks like BTC-USDT.`);
  return symbols;
}

/** `BTC-USDT`, for an option. */
export function oneSymbol(text: string): string {
  const symbols = symbolList(text);
  if (symbols.length > 1) throw new InvalidArgumentError('Give only one symbol.');
  return symbols[0];
}

/** A time in UTC as microseconds, for an option: `2026-03-01`, `2026-03-01T12:00`, with seconds and a `Z` if you like. */
export function moment(text: string): number {
  const match = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d)?)?Z?$/.exec(text);
  const time = Date.parse(match ? `${match[1]}${match[2] ?? 'T00:00'}Z` : '');
  if (Number.isNaN(time)) throw new InvalidArgumentError('Give a time like 2026-03-01 or 2026-03-01T12:00 (UTC).');
  return time * 1_000;
}

const units: Record<string, number> = { s: 1, m: 60, min: 60, h: 3_600, d: 86_400 };

/** A length of time in seconds, for an option: `90s`, `15m`, `2h`, `1d`. */
export function durationSeconds(text: string): number {
  const [, value, unit] = /^(\d+(?:\.\d+)?) ?(s|m|min|h|d)$/.exec(text.trim()) ?? [];
  if (value === undefined || Number(value) === 0)
    throw new InvalidArgumentError('Give a length of time like 90s, 15m, 2h or 1d.');
  return Number(value) * units[unit];
}
