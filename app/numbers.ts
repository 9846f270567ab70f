/** Four significant digits; a dash where there is no number. */
export function short(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  return Number(value.toPrecision(4)).toString();
}

/** As `short`, with its sign. */
export function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${short(value)}`.replace('-', '−');
}

/** `1,234,567` */
export function thousands(value: number): string {
  return value.toLocaleString('en-US');
}
