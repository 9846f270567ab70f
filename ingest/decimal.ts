/** A decimal number without rounding: `digits` × 10^`exponent`. `digits` is an integer below 2^53. */
export interface Decimal {
  digits: number;
  exponent: number;
}

const pattern = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

/** Powers of ten up to 10^22 are exact doubles. */
const powers = Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

/** Whether this is a plain decimal number. Stricter than `Number`, which takes '', ' 1 ' and '0x10' as numbers too. */
export function isDecimal(text: string): boolean {
  return pattern.test(text);
}

/**
 * The decimal that the text states.
 * @throws RangeError when it is no decimal number or has more than 15 significant digits
 */
export function parseDecimal(text: string): Decimal {
  const match = pattern.exec(text);
  if (!match) throw new RangeError(`${JSON.stringify(text)} is not a decimal number`);
  const [, sign, whole, fraction = '', power = '0'] = match;
  const digits = `${whole}${fraction}`.replace(/^0+(?=\d)/, '');
  if (digits.length > 15) throw new RangeError(`${text} has more than 15 significant digits`);
  return { digits: Number(`${sign}${digits}`), exponent: Number(power) - fraction.length };
}

/**
 * The double nearest to `text` × `factor`. Multiplying doubles rounds twice: 9 × 0.001 is 0.009
 * here and 0.009000000000000001 there.
 * @throws RangeError when the text is no decimal number
 */
export function multiply(text: string, factor: Decimal): number {
  const match = pattern.exec(text);
  if (!match) throw new RangeError(`${JSON.stringify(text)} is not a decimal number`);
  const [, sign, whole, fraction = '', power = '0'] = match;
  const exponent = Number(power) - fraction.length + factor.exponent;
  if (whole.length + fraction.length <= 15 && Math.abs(exponent) <= 22) {
    const product = Number(`${sign}${whole}${fraction}`) * factor.digits;
    // Both operands exact: one rounding, so the quotient or product is the nearest double.
    if (Math.abs(product) <= Number.MAX_SAFE_INTEGER) {
      return exponent < 0 ? product / powers[-exponent] : product * powers[exponent];
    }
  }
  return Number(`${BigInt(`${sign}${whole}${fraction}`) * BigInt(factor.digits)}e${exponent}`);
}

/**
 * The exact sum as plain text; of no numbers it is '0'.
 * @throws RangeError when a text is no decimal number
 */
export function sumText(texts: readonly string[]): string {
  const terms = texts.map((text) => {
    const match = pattern.exec(text);
    if (!match) throw new RangeError(`${JSON.stringify(text)} is not a decimal number`);
    const [, sign, whole, fraction = '', power = '0'] = match;
    return { digits: BigInt(`${sign}${whole}${fraction}`), exponent: Number(power) - fraction.length };
  });
  const exponent = Math.min(0, ...terms.map((term) => term.exponent));
  const sum = terms.reduce((total, term) => total + term.digits * 10n ** BigInt(term.exponent - exponent), 0n);
  return decimalText(sum, exponent);
}

/**
 * Places after the point, without zeros at the end: 1 for '61800.30', 0 for '200'.
 * @throws RangeError when the text is no decimal number
 */
export function placesOf(text: string): number {
  const match = pattern.exec(text);
  if (!match) throw new RangeError(`${JSON.stringify(text)} is not a decimal number`);
  const [, , , fraction = '', power = '0'] = match;
  return Math.max(0, fraction.replace(/0+$/, '').length - Number(power));
}

/** The decimal as plain text without exponent: (199, −3) is '0.199', (5, 2) is '500'. */
export function decimalText(digits: number | bigint, exponent: number): string {
  const sign = digits < 0 ? '-' : '';
  const text = String(digits).replace('-', '');
  if (exponent >= 0) return text === '0' ? '0' : sign + text + '0'.repeat(exponent);
  const padded = text.padStart(1 - exponent, '0');
  const fraction = padded.slice(exponent).replace(/0+$/, '');
  return sign + padded.slice(0, exponent) + (fraction ? `.${fraction}` : '');
}
