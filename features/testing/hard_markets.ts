import type { FlowBar } from './flow.ts';

/** A made-up coin whose bars are hard on sums over windows, in whole ticks. */
export interface HardCoin {
  symbol: string;
  /** Decimals of its prices. */
  digits: number;
  bars: FlowBar[];
}

/** What a coin does in one bar: its open, high, low and close in ticks, and its volume. */
interface Step {
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

interface Made {
  symbol: string;
  digits: number;
  /** Price before the first bar, in ticks. */
  begin: number;
  next: (i: number, last: number, random: () => number) => Step;
}

/**
 * Coins that a sum which keeps a residue gets wrong: one that is pegged, one that freezes after a crash, one that is
 * hardly traded, one of a price near 1e-8, one of a price near 1e9, and BTC-USDT, which stops and crashes too.
 */
export function hardMarket(count: number, start: number): HardCoin[] {
  return coins.map((coin, k) => ({
    symbol: coin.symbol,
    digits: coin.digits,
    bars: barsOf(coin, count, start, 17 + k),
  }));
}

const coins: readonly Made[] = [
  {
    ...{ symbol: 'BTC-USDT', digits: 1, begin: 612_345 },
    next: (i, last, random) => {
      if (i === 500) return jump(last, 0.8, 900);
      return within(i, 700, 1_000) ? at(last, 0) : walk(last, random, 0.002, 1 + random() * 50);
    },
  },
  {
    // At 1.0000 or 1.0001, hours long without a move; it has lost its peg once.
    ...{ symbol: 'PEG-USDT', digits: 4, begin: 10_000 },
    next: (i, last, random) => {
      const volume = 1e6 * random();
      if (i < 430) return walk(last, random, 0.02, volume);
      if (i === 430) return jump(last, 10_000 / last, volume);
      const spell = i % 600;
      if (spell >= 250) return at(last, volume);
      if (spell === 100) return { open: 10_000, high: 10_001, low: 9_999, close: 10_000, volume };
      const close = random() < (spell < 100 ? 0.4 : 0.03) ? 20_001 - last : last;
      return span(last, close, volume);
    },
  },
  {
    // Loses most of its price in one bar and is hardly traded after that.
    ...{ symbol: 'FROZEN-USDT', digits: 5, begin: 2_345_678 },
    next: (i, last, random) => {
      if (i < 450) return walk(last, random, 0.01, 5_000 * random());
      if (i === 450) return jump(last, 0.1, 1e6);
      if (i % 37 === 0 && i > 900) return span(last, last + (random() < 0.5 ? 1 : -1), 0.01);
      return at(last, 0);
    },
  },
  {
    // Volumes from dust to millions, and hours without any.
    ...{ symbol: 'DRY-USDT', digits: 3, begin: 54_321 },
    next: (i, last, random) => {
      if (i % 400 >= 250) return at(last, i % 400 === 330 ? 0.001 : 0);
      return walk(last, random, 0.003, random() < 0.3 ? 0 : 10 ** (9 * random() - 3));
    },
  },
  {
    ...{ symbol: 'TINY-USDT', digits: 12, begin: 12_345 },
    next: (i, last, random) => (i % 500 >= 300 ? at(last, 0) : walk(last, random, 0.004, Math.round(1e12 * random()))),
  },
  {
    ...{ symbol: 'HUGE-USDT', digits: 0, begin: 1_234_567_890 },
    next: (i, last, random) =>
      i % 500 >= 300 ? at(last, 0) : walk(last, random, 0.004, Math.round(1e8 * random()) / 1e14),
  },
];

function within(i: number, first: number, end: number): boolean {
  return i >= first && i < end;
}

/** No move. */
function at(last: number, volume: number): Step {
  return { open: last, high: last, low: last, close: last, volume };
}

/** A bar without shadows. */
function span(open: number, close: number, volume: number): Step {
  return { open, high: Math.max(open, close), low: Math.min(open, close), close, volume };
}

function jump(last: number, factor: number, volume: number): Step {
  return span(last, Math.round(last * factor), volume);
}

function walk(last: number, random: () => number, size: number, volume: number): Step {
  const close = Math.round(last * (1 + (random() - 0.5) * size));
  const { open, high, low } = span(last, close, volume);
  return {
    ...{ open, close, volume },
    high: high + Math.round((random() * high * size) / 4),
    low: low - Math.round((random() * low * size) / 4),
  };
}

function barsOf({ digits, begin, next }: Made, count: number, start: number, seed: number): FlowBar[] {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const price = (ticks: number) => Number((ticks / 10 ** digits).toFixed(digits));
  let last = begin;
  return Array.from({ length: count }, (_, i) => {
    const { open, high, low, close, volume } = next(i, last, random);
    last = close;
    // Trades are recorded in some spells, quotes in half of their bars.
    const recorded = i % 700 < 500;
    const quoted = recorded && random() < 0.5;
    return {
      time: start + i * 60_000,
      ...{ open: price(open), high: price(high), low: price(low), close: price(close), volume },
      buyVolume: recorded ? volume * (random() < 0.2 ? 1 : random()) : null,
      trades: recorded ? (volume === 0 ? 0 : 1 + Math.floor(random() * 80)) : null,
      spread: quoted ? (i % 700 < 250 ? 0 : 1e-5 + random() * 1e-4) : null,
      imbalance: quoted ? random() * 2 - 1 : null,
    };
  });
}
