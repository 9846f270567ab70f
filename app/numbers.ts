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

/** `8 s`, `12 min`, `3.5 h`, `2 d`: a length of time as people say it. */
export function duration(seconds: number): string {
  const [size, unit] = (
    [
      [86_400, 'd'],
      [3_600, 'h'],
      [60, 'min'],
    ] as const
  ).find(([least]) => Math.abs(seconds) >= 2 * least) ?? [1, 's'];
  const value = seconds / size;
  return `${Math.abs(value) < 10 && unit !== 's' ? Number(value.toFixed(1)) : Math.round(value)} ${unit}`;
}
