import { floorMinute, type Micros, type MinuteRange, minute } from '#lib/time.ts';

/** A gap of one symbol that is over. `until` itself was seen. */
export interface BoundedGap {
  symbol: string;
  id: string;
  since: Micros;
  until: Micros;
  cause: string;
}

/** The minutes that a gap touches. */
export function minutesOf({ since, until }: Pick<BoundedGap, 'since' | 'until'>): MinuteRange {
  return { from: floorMinute(since), to: floorMinute(until - 1) + minute };
}

/** The same minutes, in order, each once; neighbours in one range. */
export function merged(ranges: readonly MinuteRange[]): MinuteRange[] {
  const apart: MinuteRange[] = [];
  for (const { from, to } of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = apart.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else apart.push({ from, to });
  }
  return apart;
}
