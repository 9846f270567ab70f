import { describe, expect, it } from 'vitest';
import { decimalText, multiply, parseDecimal, placesOf, sumText } from './decimal.ts';

describe('contracts to base coin', () => {
  // From Python: float(Fraction(a) * Fraction(b)), which rounds once.
  it.each([
    ['9', '0.001', 0.009],
    ['199', '0.001', 0.199],
    ['82.6', '0.01', 0.826],
    ['1879621.3', '0.001', 1879.6213],
    ['0.1', '0.001', 0.0001],
    ['7', '0.3', 2.1],
    ['123456.789', '1000', 123456789],
    ['0.07', '1e7', 700000],
    ['3', '1e-7', 3e-7],
    ['99999999999999999', '0.001', 100000000000000],
    ['0.000000000000000000000123', '10', 1.23e-21],
    ['66883560.2', '0.0001', 6688.35602],
    ['85383259.0', '0.05', 4269162.95],
    ['3114412.4', '25', 77860310],
  ])('%s × %s', (contracts, value, expected) => {
    expect(multiply(contracts, parseDecimal(value))).toBe(expected);
  });

  it('is the double nearest to the decimal text, for every count', () => {
    const thousandth = parseDecimal('0.001');
    for (let n = 1; n < 5_000; n++) {
      const text = String(n).padStart(4, '0');
      expect(multiply(String(n), thousandth)).toBe(Number(`${text.slice(0, -3)}.${text.slice(-3)}`));
    }
  });

  it('writes decimals without noise or exponents', () => {
    expect([decimalText(199, -3), decimalText(5, 2), decimalText(1_500, -2), decimalText(3, -9)]).toEqual([
      ...['0.199', '500', '15', '0.000000003'],
    ]);
  });
});

describe('sums and places', () => {
  it.each([
    [[], '0'],
    [['0.1', '0.2'], '0.3'],
    [['16.536', '28.313', '-0.849'], '44'],
    [['1e-7', '3'], '3.0000001'],
    [['9007199254740993', '0.5'], '9007199254740993.5'],
  ])('%j add up to %s', (texts, sum) => {
    expect(sumText(texts)).toBe(sum);
  });

  it.each([
    ['61800.30', 1],
    ['200', 0],
    ['147885.0', 0],
    ['0.0010', 3],
    ['1e-7', 7],
    ['1.5e3', 0],
  ])('%s has %i places', (text, places) => {
    expect(placesOf(text)).toBe(places);
  });

  it('refuse what is no number', () => {
    expect(() => sumText(['1', ''])).toThrow(RangeError);
    expect(() => placesOf('x')).toThrow(RangeError);
  });
});
