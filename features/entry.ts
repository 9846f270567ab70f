import { catalogue } from './catalogue.ts';
import type { Feature, Reach } from './header.ts';

/** A feature as lists of features show it. */
export interface FeatureEntry {
  name: string;
  family: string;
  scale: string;
  /** Bars needed before a bar. */
  warmup: number;
  formula: string;
  /** Both belong to it; null where there is no bound. */
  range: [number | null, number | null];
  null_rule: string;
  source: string;
  /** SQL by which models of many symbols see it; null when they do not, for the reason that stands beside. */
  input: string | null;
  input_reason: string | null;
  /** How far a changed bar alters it. */
  reach: string;
  timeframes: readonly string[];
  /** Why it may tell something of what comes; null where none is stated. */
  hypothesis: string | null;
  file: string;
}

/** All features, in the order of the catalogue. */
export function featureEntries(features: readonly Feature[] = catalogue()): FeatureEntry[] {
  return features.map(({ undefinedAs, range, inputReason, reach, ...feature }) => ({
    ...feature,
    range: [bound(range[0]), bound(range[1])],
    null_rule: undefinedAs.map(({ value, when }) => `${value} when ${when}`).join('; ') || 'never',
    input_reason: inputReason,
    reach: reachText(reach),
  }));
}

function bound(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function reachText({ until, bars }: Reach): string {
  if (until === 'bars') return `${bars} bars`;
  return `the end of the UTC ${until}${bars > 0 ? ` and ${bars} bars` : ''}`;
}

/** `0 … 100`, with a blank where there is no bound. */
export function rangeText({ range: [low, high] }: Pick<FeatureEntry, 'range'>): string {
  if (low === null && high === null) return 'any';
  if (high === null) return `≥ ${low}`;
  return low === null ? `≤ ${high}` : `${low} … ${high}`;
}
