import { column, type Frame } from '#lib/frame.ts';
import type { ModelDefinition } from '#models/definition.ts';
import { type InformationCoefficient, informationCoefficient } from './information_coefficient.ts';
import { type LongShort, longShort } from './long_short.ts';
import type { MetricRow } from './metric_rows.ts';
import { rankSignal, returnColumn, saysSide } from './rank_signal.ts';
import { tradingCosts } from './trading_costs.ts';

/** What a position may cost and what it does, in basis points a side. */
export interface Tradability {
  breakEven: number;
  cost: number;
}

export interface PractitionerContext {
  horizon: number;
  barMicros: number;
  /** Of one side, in basis points; without it there is no figure after costs. */
  feeBp?: number;
}

/**
 * What a trader asks of forecasts, over all test rows: `ic`, `ic_t`, `ic_ir` of the order of the symbols in each bar, and of
 * a model that says a side `spread_gross_bp`, `spread_net_bp` and `break_even_bp` of the top third against the bottom
 * third, and `cost_bp`, the mean cost of a side. The baseline has the same figures where it puts symbols in an order.
 * @param rows the test rows
 * @returns `tradability` is null of a model that says no side, and without a fee
 */
export function practitionerRows(
  definition: ModelDefinition,
  rows: Frame,
  predictions: { model: Float64Array; baseline: Float64Array },
  { feeBp, ...bars }: PractitionerContext,
): { metrics: MetricRow[]; tradability: Tradability | null } {
  const { of, outcome } = rankSignal(definition, rows);
  const [mine, theirs] = [of(predictions.model), of(predictions.baseline)];
  const icOf = (signal: Float64Array) => informationCoefficient(signal, outcome, { ts: rows.ts, ...bars });
  const metrics = besideBaseline(icFigures(icOf(mine)), icFigures(icOf(theirs)));
  if (!saysSide(definition)) return { metrics, tradability: null };
  const costs = tradingCosts(rows, feeBp ?? Number.NaN);
  const positionOf = (signal: Float64Array) => longShort(rows.ts, signal, column(rows, returnColumn), costs);
  const position = positionOf(mine);
  metrics.push(...besideBaseline(positionFigures(position), positionFigures(positionOf(theirs))));
  const known = position !== null && Number.isFinite(position.cost);
  return { metrics, tradability: known ? { breakEven: position.breakEven, cost: position.cost } : null };
}

type Figures = Record<string, number>;

function icFigures(found: InformationCoefficient | null): Figures {
  return found ? { ic: found.ic, ic_t: found.t, ic_ir: found.ir } : {};
}

function positionFigures(found: LongShort | null): Figures {
  if (!found) return {};
  const { gross, net, breakEven, cost } = found;
  return { spread_gross_bp: gross, spread_net_bp: net, break_even_bp: breakEven, cost_bp: cost };
}

function besideBaseline(model: Figures, baseline: Figures): MetricRow[] {
  const finite = (value: number | undefined) => (Number.isFinite(value) ? value! : null);
  return Object.entries(model)
    .filter(([, value]) => Number.isFinite(value))
    .map(([metric, value]) => ({
      ...{ fold: -1, split: 'test', symbol: null, regime: null },
      ...{ metric, value, baseline: finite(baseline[metric]) },
    }));
}
