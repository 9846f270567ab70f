import { growth, type MemorySample } from '#app/bench/endurance.ts';
import { quantile } from '#app/bench/ingest/visibility.ts';
import { type Figure, figure } from '#app/bench/report.ts';
import type { AnswerLooks } from './account.ts';
import { type Chain, steps } from './chain.ts';

/** Whose memory is watched. */
export const roles = ['ingest', 'worker'] as const;
export type Role = (typeof roles)[number];

const minuteMs = 60_000;

/** A bar and how its answers came; milliseconds of the wall's clock. */
export interface AnsweredBar {
  /** Bar-open time. */
  bar: string;
  /** From the order of its close, and from its end, until its answers could be read; null where that is not known. */
  signal_ms: number | null;
  bar_end_ms: number | null;
  /** From the end to the order, from there until a worker began, and of each step. */
  ordered_ms: number | null;
  waited_ms: number | null;
  steps: Chain['took'];
}

export function describe(bar: number, visible: number, chain: Chain | undefined): AnsweredBar {
  const end = bar + minuteMs;
  const known = (ms: number) => (Number.isFinite(ms) ? ms : null);
  return {
    bar: new Date(bar).toISOString(),
    signal_ms: chain ? known(visible - chain.ordered) : null,
    bar_end_ms: known(visible - end),
    ordered_ms: chain ? chain.ordered - end : null,
    waited_ms: chain?.waited ?? null,
    steps: chain?.took ?? {},
  };
}

export function wordsOf({ bar, signal_ms, bar_end_ms, ordered_ms, waited_ms, steps: took }: AnsweredBar): string {
  const parts = steps.map((step) => `${step} ${took[step] ?? '–'}`).join(', ');
  const order = `ordered ${ordered_ms ?? '–'} ms after its end, waited ${waited_ms ?? '–'}, ${parts}`;
  return `${bar.slice(11, 16)}: signals after ${signal_ms ?? '–'} ms (bar end ${bar_end_ms ?? '–'}): ${order}`;
}

export function figuresOf(
  bars: readonly AnsweredBar[],
  account: ReturnType<AnswerLooks['account']>,
  memory: readonly MemorySample<Role>[],
): Figure[] {
  // A bar whose answers did not come, or whose order is not known, is the slowest of all, and not left out.
  const of = (value: (bar: AnsweredBar) => number | null | undefined) =>
    Float64Array.from(bars, (bar) => value(bar) ?? Number.POSITIVE_INFINITY).sort();
  const [signals, ends] = [of((bar) => bar.signal_ms), of((bar) => bar.bar_end_ms)];
  const ms = (name: string, value: number) => figure(name, value, 'ms', 'less');
  const rows = (name: string, value: number, better: 'more' | 'less' = 'less') => figure(name, value, 'rows', better);
  return [
    ms('signal_p50_ms', quantile(signals, 0.5)),
    ms('signal_p99_ms', quantile(signals, 0.99)),
    ms('bar_end_p99_ms', quantile(ends, 0.99)),
    ...steps.map((step) =>
      ms(
        `${step}_p50_ms`,
        quantile(
          of((bar) => bar.steps[step]),
          0.5,
        ),
      ),
    ),
    rows('signals_made', account.signals, 'more'),
    rows('signals_absent', account.absent),
    rows('signals_missing', account.missing),
    rows('signals_doubled', account.doubled),
    rows('signals_rewritten', account.rewritten),
    figure('rss_growth_mib', Math.max(...roles.map((role) => growth(memory, role))), 'MiB', 'less'),
  ];
}
