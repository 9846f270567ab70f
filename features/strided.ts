/**
 * The lags of a family over bars that all symbols have alike. Where the rows of n symbols stand in the order of time and
 * symbol, the k-th bar before is the row n * k before: QuestDB finds that without a partition for each symbol in half the
 * time, bit for bit the same (see `lag` in the families: up to 102 of a file).
 * @param text the steps of a family, in which every lag is of the form `lag(expression, k) OVER run`
 */
export function strided(text: string, symbols: number): string {
  return text.replace(
    lag,
    (_, expression: string, bars: string) => `lag(${expression}, ${Number(bars) * symbols}) OVER (ORDER BY ts)`,
  );
}

/** Bars in the order that `strided` needs. */
export function inStride(bars: string): string {
  return `(${bars}\nORDER BY ts, symbol) TIMESTAMP(ts)`;
}

/** Brackets within the expression are at most three deep. */
const brackets = (inner: string) => String.raw`\((?:[^()]|${inner})*\)`;
const expression = `(?:[^()]|${brackets(brackets(brackets('(?!)')))})+?`;
const lag = new RegExp(
  String.raw`\blag\((${expression}), (\d+)\) OVER (?:run\b|\(PARTITION BY symbol ORDER BY ts\))`,
  'g',
);
