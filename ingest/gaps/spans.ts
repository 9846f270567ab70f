import type { Micros } from '#lib/time.ts';

/** A stretch of time of one symbol, from an event to an event. */
export interface Span {
  from: Micros;
  to: Micros;
}

/** What two spans share: one span, or none. */
export function common(a: Span, b: Span): Span[] {
  const [from, to] = [Math.max(a.from, b.from), Math.min(a.to, b.to)];
  return from <= to ? [{ from, to }] : [];
}

/** What remains of a span outside of gaps. */
export function without({ from, to }: Span, gaps: readonly { since: Micros; until: Micros }[]): Span[] {
  const left: Span[] = [];
  let start = from;
  for (const { since, until } of gaps) {
    if (until <= start || since >= to) continue;
    if (since >= start) left.push({ from: start, to: since });
    start = until;
  }
  return [...left, { from: start, to }];
}

/** Spans that overlap, or share an instant, as one. */
export function joined(spans: readonly Span[]): Span[] {
  const apart: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
    const last = apart.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else apart.push({ ...span });
  }
  return apart;
}
