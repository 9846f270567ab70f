import type { Frame } from '#lib/frame.ts';
import { featuresOf } from './frame_rows.ts';

/** Which features a candidate sees: all that the frame has, or a short list of what tells of volatility. */
export const inputSets = ['all', 'lean'] as const;
export type InputSet = (typeof inputSets)[number];

const spells = [1, 5, 20, 60, 240];

/**
 * The short list. On windows of a day or two all features together fit the day they were seen on: of volatility's skill at
 * 10 symbols and 2,000 bars these keep most, where the whole list keeps little or none.
 */
export const leanInputs: readonly string[] = [
  ...spells.map((bars) => `log_deviation_${bars}`),
  ...spells.map((bars) => `log_parkinson_${bars}`),
  'log_parkinson_1440',
  ...spells.map((bars) => `market_parkinson_${bars}`),
  ...[5, 20, 60, 240].map((bars) => `log_volume_ratio_${bars}`),
  ...['hour_sin', 'hour_cos', 'half_hour_sin', 'half_hour_cos'],
];

/** The features of a set among those that there are, in their order. A timeframe may lack some of the short list. */
export function inputsAmong(features: readonly string[], set: InputSet): string[] {
  return features.filter((name) => set === 'all' || leanInputs.includes(name));
}

/** Names of the columns of a frame that a candidate sees. */
export function inputsOf(frame: Frame, set: InputSet = 'all'): string[] {
  return inputsAmong(featuresOf(frame), set);
}
