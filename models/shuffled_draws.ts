/** A p-value below this counts as skill found. */
const significance = 0.05;

/** What chance brings about less often than this is no chance any more. */
const surprise = 0.01;

export interface DrawsJudged {
  draws: number;
  /** p-values below 0.05, as a number and as a share. */
  below: number;
  share: number;
  /** The chance of as many or more where nothing leaks: each draw then is below 0.05 with probability 0.05. */
  chance: number;
  /** The chance is below 1 %, divided by the number of tests. */
  leaks: boolean;
}

/**
 * Whether validation found skill in shuffled labels more often than by chance: one-sided binomial test of the number of
 * p-values below 0.05 at 1 %, corrected for the number of tests (Bonferroni). Draws are rotations of one series, so they are not wholly independent, and the p-values are
 * corrected for the number of candidates, so chance is rather less than is reckoned with.
 * @param pValues of one model and horizon, one a draw
 * @param tests how many models and horizons are judged together
 * @throws RangeError without any p-value
 */
export function judgeDraws(pValues: readonly number[], tests = 1): DrawsJudged {
  const draws = pValues.length;
  if (draws === 0) throw new RangeError('there is no draw to judge');
  const below = pValues.filter((value) => value < significance).length;
  const chance = binomialTail(draws, below, significance);
  return { draws, below, share: below / draws, chance, leaks: chance < surprise / tests };
}

/** Probability of `least` or more successes in `trials` independent trials. */
export function binomialTail(trials: number, least: number, probability: number): number {
  let [term, sum] = [(1 - probability) ** trials, 0];
  for (let successes = 0; successes <= trials; successes++) {
    if (successes >= least) sum += term;
    term *= ((trials - successes) / (successes + 1)) * (probability / (1 - probability));
  }
  return Math.min(1, sum);
}
