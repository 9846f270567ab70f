/** Why a signal is not to be acted upon. */
export const gateCodes = {
  simulated: 'the market or the model is simulated',
  no_champion: 'no run of the model is a champion: the newest run speaks',
  stale: 'the bar closed too long ago',
  open_gap: 'ticks are missing within the bars that the features look back on',
  bar_changed: 'the features were made of another state of the bar',
  out_of_range: 'a feature lies far outside what the model was trained on',
  expired: 'the champion was trained too long ago',
} as const;

/** Why there is no signal of a bar. */
export const absenceCodes = {
  no_bar: 'the symbol has no complete bar at that time',
  no_features: 'the bar has no features',
  not_finite: 'a feature of the bar is not a number',
  model_unusable: 'the artifact of the model cannot be used',
  trained_later: 'the model was trained on what came after the bar',
  outage: 'nothing was answered for longer than is caught up',
} as const;

export type ReasonCode = keyof typeof gateCodes | keyof typeof absenceCodes;

/** A code of the lists above, and what is to be said of the case at hand. */
export interface Reason {
  code: ReasonCode;
  words: string;
}

/** As the columns `codes` and `reason` hold them. */
export function columnsOfReasons(reasons: readonly Reason[]): { codes: string | null; reason: string | null } {
  if (reasons.length === 0) return { codes: null, reason: null };
  return { codes: reasons.map(({ code }) => code).join(' '), reason: reasons.map(({ words }) => words).join('; ') };
}
