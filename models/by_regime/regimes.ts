/** The feature that tells the regime of a bar, by the number of its name. */
export const regimeColumn = 'regime_type';

/** Names of the values of `regime_type`. */
export const regimes = ['neutral', 'ranging', 'trending_down', 'trending_up', 'volatile'] as const;
