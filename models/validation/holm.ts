/**
 * Holm's step-down correction (1979): what each p-value amounts to when as many hypotheses as there are p-values were
 * tried. In the order given; at most 1.
 */
export function holm(pValues: number[]): number[] {
  const ascending = pValues.map((_, i) => i).sort((a, b) => pValues[a] - pValues[b]);
  const corrected = new Array<number>(pValues.length);
  let floor = 0;
  ascending.forEach((candidate, rank) => {
    floor = Math.max(floor, Math.min(1, (pValues.length - rank) * pValues[candidate]));
    corrected[candidate] = floor;
  });
  return corrected;
}
