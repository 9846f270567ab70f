import { column, type Frame } from '#lib/frame.ts';
import type { Baseline, FittedBaseline } from '#models/baseline.ts';
import { brier } from '#models/losses.ts';
import { meanOf } from '#models/validation/metrics.ts';
import { holdOut } from './hold_out.ts';

/** Fifths of a symbol's bars by their trailing deviation over 20 bars. */
const groups = 5;
const deviation = 'label_dev_20';
const name = 'symbol_rate_given_deviation';
/** Rows that the rate above a rate counts as; which of these is chosen on a later spell. */
const strengths = [100, 300, 1_000, 3_000, 10_000, 100_000];

/**
 * How often a 0-or-1 target came in training: in the symbol's bars of such a deviation, shrunk to the symbol's own rate, and
 * that to the rate of all. The price of a coin with a coarse tick often stays as it is, the more so in quiet bars; a model that
 * found only that would have no skill against this.
 */
export function symbolRate(target: string): Baseline {
  return {
    name,
    fit(train, context) {
      const [earlier, later] = holdOut(train, context);
      const lossOf = (strength: number) =>
        meanOf(brier.rows(rates(earlier, target, strength).predict(later), column(later, target)));
      const losses = strengths.map(lossOf);
      return rates(train, target, strengths[losses.indexOf(Math.min(...losses))]);
    },
    load: ({ parameters }) => forecast(parameters as Fitted),
  };
}

type Fitted = {
  strength: number;
  /** The rate of all, which is that of a symbol that training lacked. */
  pooled: number;
  /** By symbol: the deviations between its fifths, ascending, and the rate in each fifth. */
  symbols: Record<string, { cuts: number[]; rates: number[] }>;
};

function rates(train: Frame, target: string, strength: number): FittedBaseline {
  const [came, level] = [column(train, target), column(train, deviation)];
  const pooled = meanOf(came);
  const bySymbol: Fitted['symbols'] = {};
  for (const [s, symbol] of train.symbols.entries()) {
    const rows = Uint32Array.from({ length: train.rows }, (_, row) => row).filter((row) => train.symbolOf[row] === s);
    if (rows.length === 0) continue;
    const sorted = Float64Array.from(rows, (row) => level[row]).sort();
    const cuts = Array.from({ length: groups - 1 }, (_, g) => sorted[Math.floor(((g + 1) * rows.length) / groups)]);
    const [count, hits] = [new Float64Array(groups), new Float64Array(groups)];
    for (const row of rows) {
      const group = groupOf(level[row], cuts);
      count[group]++;
      hits[group] += came[row];
    }
    const own = shrunk(meanOf(hits) * groups, rows.length, pooled, strength);
    bySymbol[symbol] = { cuts, rates: Array.from(hits, (hit, group) => shrunk(hit, count[group], own, strength)) };
  }
  return forecast({ strength, pooled, symbols: bySymbol });
}

function forecast(parameters: Fitted): FittedBaseline {
  const { pooled, symbols } = parameters;
  const predict = (frame: Frame) => {
    const now = column(frame, deviation);
    const of = frame.symbols.map((symbol): Fitted['symbols'][string] | undefined => symbols[symbol]);
    const out = new Float64Array(frame.rows * 2);
    for (let row = 0; row < frame.rows; row++) {
      const known = of[frame.symbolOf[row]];
      const rate = known ? known.rates[groupOf(now[row], known.cuts)] : pooled;
      out.set([1 - rate, rate], 2 * row);
    }
    return out;
  };
  return { name, parameters, reads: [deviation], predict };
}

function shrunk(hits: number, rows: number, parent: number, strength: number): number {
  return (hits + strength * parent) / (rows + strength);
}

function groupOf(value: number, cuts: readonly number[]): number {
  let group = 0;
  while (group < cuts.length && value >= cuts[group]) group++;
  return group;
}
