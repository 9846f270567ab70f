import { meanPinball } from './losses.ts';
import { coarseTickBp } from './tick_size.ts';

/** What the gate asks about a run. */
export interface GateRun {
  skill: number;
  /** Corrected for the number of candidates; the largest of several block lengths. */
  pValue: number;
  /** The same without the symbol that carries most of it; null where there is one symbol. */
  withoutBest: { skill: number; pValue: number } | null;
  /** The same without symbols of coarse ticks; null where there are none. The figures are null where all are coarse. */
  withoutCoarse: { symbols: number; skill: number | null; pValue: number | null } | null;
  /** What a side may cost and what it does, in basis points; null of a model that is not judged by the side it says. */
  tradability: { breakEven: number; cost: number } | null;
  constant: boolean;
  /** Any of its rows came from a simulated market. */
  simulated: boolean;
  /** Its labels were shuffled to prove that nothing leaks. */
  shuffled: boolean;
  /** Rows of the window that were left out, as a share. */
  excludedShare: number;
}

/** A run as it is kept. */
export interface KeptRun {
  /** Name of the loss that it is judged by. */
  metric: string;
  skill: number;
  p_value: number;
  without_best: { skill: number; p_value: number } | null;
  without_coarse: { symbols: number; skill: number | null; p_value: number | null } | null;
  tradability: { break_even_bp: number; cost_bp: number } | null;
  constant: boolean;
  simulated: boolean;
  shuffled: boolean;
  excluded_share: number;
}

export function gateRunOf(run: KeptRun): GateRun {
  const { metric, skill, p_value, without_best, without_coarse, tradability: position } = run;
  const { constant, simulated, shuffled } = run;
  const withoutBest = without_best && { skill: without_best.skill, pValue: without_best.p_value };
  const withoutCoarse = without_coarse && {
    ...{ symbols: without_coarse.symbols, skill: without_coarse.skill, pValue: without_coarse.p_value },
  };
  // Intervals are judged by their width above all, and may be right where the point within them is worth no trade.
  const sided = metric === meanPinball.name ? null : position;
  const tradability = sided && { breakEven: sided.break_even_bp, cost: sided.cost_bp };
  const figures = { skill, pValue: p_value, withoutBest, withoutCoarse, tradability };
  return { ...figures, constant, simulated, shuffled, excludedShare: run.excluded_share };
}

/** Mean losses of the run and of the standing champion on the same rows, unseen by both. */
export interface ChampionComparison {
  loss: number;
  championLoss: number;
  rows: number;
  /** Distinct bars of time among the rows. */
  bars: number;
}

export interface GateLimits {
  /** The corrected p-value has to be below this. */
  significance: number;
  /** The excluded share has to be below this. */
  excludedShare: number;
  /** The comparison with a champion needs at least this many bars. */
  comparisonBars: number;
}

export const defaultLimits: GateLimits = { significance: 0.05, excludedShare: 0.2, comparisonBars: 60 };

/**
 * May this run become champion? `reasons` are why not, or, where it may, why. A figure that is not a number never
 * passes.
 * @param champion null where there is no champion yet
 */
export function gate(
  run: GateRun,
  champion: ChampionComparison | null,
  limits: GateLimits = defaultLimits,
): { passes: boolean; reasons: string[] } {
  const against: string[] = [];
  const unless = (holds: boolean, reason: string) => {
    if (!holds) against.push(reason);
  };
  unless(!run.simulated, 'it was trained on a simulated market');
  unless(!run.shuffled, 'its labels were shuffled');
  unless(!run.constant, 'its predictions are constant');
  unless(run.skill > 0, `its skill is ${show(run.skill)}, not above 0`);
  unless(run.pValue < limits.significance, `its p-value is ${show(run.pValue)}, not below ${limits.significance}`);
  if (run.withoutBest) {
    const { skill, pValue } = run.withoutBest;
    unless(skill > 0, `without its best symbol its skill is ${show(skill)}, not above 0`);
    unless(
      pValue < limits.significance,
      `without its best symbol its p-value is ${show(pValue)}, not below ${limits.significance}`,
    );
  }
  if (run.withoutCoarse) against.push(...againstCoarseTicks(run.withoutCoarse, limits));
  if (run.tradability) {
    const { breakEven, cost } = run.tradability;
    unless(
      breakEven >= cost,
      `its break-even cost is ${show(breakEven)} basis points a side, and a side costs ${show(cost)}`,
    );
  }
  unless(
    run.excludedShare < limits.excludedShare,
    `${show(100 * run.excludedShare)} % of its rows were excluded, not below ${100 * limits.excludedShare} %`,
  );
  if (champion) against.push(...againstChampion(champion, limits));
  if (against.length > 0) return { passes: false, reasons: against };
  const reasons = [`skill ${show(run.skill)} with p = ${show(run.pValue)}`];
  if (champion) reasons.push(`loss ${show(champion.loss)} against the champion's ${show(champion.championLoss)}`);
  return { passes: true, reasons };
}

function againstCoarseTicks(
  { skill, pValue }: NonNullable<GateRun['withoutCoarse']>,
  { significance }: GateLimits,
): string[] {
  const ticks = `ticks of ${coarseTickBp} basis points or more`;
  if (skill === null || pValue === null) return [`all of its symbols have ${ticks}, whose bounce looks like foresight`];
  const reasons: string[] = [];
  if (!(skill > 0)) reasons.push(`without symbols with ${ticks} its skill is ${show(skill)}, not above 0`);
  if (!(pValue < significance))
    reasons.push(`without symbols with ${ticks} its p-value is ${show(pValue)}, not below ${significance}`);
  return reasons;
}

function againstChampion({ loss, championLoss, bars, rows }: ChampionComparison, limits: GateLimits): string[] {
  if (!(bars >= limits.comparisonBars)) {
    return [`only ${bars} bars are unseen by the champion, and comparing needs ${limits.comparisonBars}`];
  }
  if (loss < championLoss) return [];
  return [`its loss is ${show(loss)} and the champion's ${show(championLoss)} on the same ${rows} rows`];
}

function show(value: number): string {
  return Number(value.toPrecision(4)).toString();
}
