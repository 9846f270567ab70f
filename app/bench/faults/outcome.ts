import type { RowAccount } from './account.ts';

/** What is asked of every fault. */
export const limits = {
  lostWithoutRow: 0,
  lyingBars: 0,
  signalsMissing: 0,
  signalsDoubled: 0,
  toldSeconds: 90,
  healthySeconds: 120,
};

/** What one fault has done; seconds to one decimal. */
export interface Outcome extends RowAccount {
  name: string;
  does: string;
  /** Bars of one minute that say `complete` and are not the exchange's own. */
  lying_bars: number;
  /** Bars that are not there or say that they are incomplete. */
  bars_incomplete: number;
  /** Answers about bars that closed from its begin to the next one's that are not there, and rows beyond the first of one. */
  signals_missing: number;
  signals_doubled: number;
  /** From the beginning until `status` named a problem; null where it never did. */
  told_s: number | null;
  /** Whether anything was harmed that lasts, so that it has to be told: a row not stored, a bar missing, incomplete, lying. */
  harmed: boolean;
  /** From the fault's end until `status` was healthy and stayed so; null where it did not become so in time. */
  healthy_s: number | null;
  /** What `status` first said. */
  said: string | null;
  /** Why it was not planted; such a fault counts as neither passed nor failed. */
  skipped: string | null;
  /** Some of the lost rows and of the bars that lie, in words. */
  examples: string[];
  /** In words, what of the above is not as asked. */
  violations: string[];
}

type Measured = Omit<Outcome, 'violations' | 'skipped'> & { quiet: boolean };

export function outcome({ quiet, ...measured }: Measured): Outcome {
  return { ...measured, skipped: null, violations: violationsOf({ quiet, ...measured }) };
}

/** Nothing is known of a fault that could not be planted or judged, which is no success. */
export function failed(fault: { name: string; does: string }, why: string): Outcome {
  return { ...skipped(fault, why), skipped: null, violations: [`not measured: ${why}`] };
}

export function skipped({ name, does }: { name: string; does: string }, why: string): Outcome {
  const nothing = { delivered: 0, stored: 0, lost: 0, lost_without_row: 0, lying_bars: 0, bars_incomplete: 0 };
  const unknown = {
    signals_missing: 0,
    signals_doubled: 0,
    told_s: null,
    healthy_s: null,
    harmed: false,
    said: null,
    examples: [],
  };
  return { name, does, ...nothing, ...unknown, skipped: why, violations: [] };
}

function violationsOf(measured: Measured): string[] {
  const { lost_without_row, lying_bars, told_s, harmed, healthy_s, quiet, said } = measured;
  const { signals_missing, signals_doubled } = measured;
  const found: string[] = [];
  if (lost_without_row > limits.lostWithoutRow) found.push(`${lost_without_row} ticks lost without a row`);
  if (lying_bars > limits.lyingBars) found.push(`${lying_bars} bars lie`);
  if (signals_missing > limits.signalsMissing) found.push(`${signals_missing} signals are missing`);
  if (signals_doubled > limits.signalsDoubled) found.push(`${signals_doubled} signals came twice`);
  if (quiet && told_s !== null) found.push(`a false alarm: ${said}`);
  if (harmed && told_s === null) found.push('never told');
  if (told_s !== null && told_s > limits.toldSeconds) found.push(`told after ${told_s} s`);
  if (healthy_s === null) found.push(`not healthy by itself within ${limits.healthySeconds} s`);
  return found;
}
