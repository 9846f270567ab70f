import { describe, expect, it } from 'vitest';
import { column, type Frame } from '#lib/frame.ts';
import { catalogue, modelNamed } from '#models/catalogue.ts';
import { plantedFrame } from '#models/fixtures/planted_frame.ts';
import { widthOf } from '#models/task.ts';
import { practitionerRows } from './practitioner_rows.ts';
import { tradingCosts } from './trading_costs.ts';

const frame = plantedFrame({ bars: 200, symbols: 6, horizon: 2, seed: 4, strength: 0.8 });
const context = { horizon: 2, barMicros: 60e6, feeBp: 6 };

function withColumns(columns: Record<string, (row: number) => number>): Frame {
  const made = Object.entries(columns).map(([name, of]): [string, Float64Array] => [
    name,
    Float64Array.from({ length: frame.rows }, (_, row) => of(row)),
  ]);
  return { ...frame, columns: new Map([...frame.columns, ...made]) };
}

/** Predictions of classes, row by row. */
function probabilities(of: (row: number) => number[]): Float64Array {
  return Float64Array.from(Array.from({ length: frame.rows }, (_, row) => of(row)).flat());
}

/** Point forecasts beside quantiles that say nothing. */
function points(of: Float64Array): Float64Array {
  return Float64Array.from(Array.from(of, (value) => [-3, -2, 0, 2, 3, value]).flat());
}

function figures(name: string, predictions: Float64Array, options: Partial<typeof context> = context, rows = frame) {
  const definition = modelNamed(name);
  const baseline = new Float64Array(rows.rows * widthOf(definition.task)).fill(0.5);
  const told = practitionerRows(definition, rows, { model: predictions, baseline }, { ...context, ...options });
  return { ...told, of: new Map(told.metrics.map(({ metric, value }) => [metric, value])) };
}

describe('the figures of a model that knows what comes', () => {
  const returns = column(frame, 'label_log_return');
  const change = column(frame, 'label_last_return').map((last, row) => returns[row] - last);

  it.each([
    ['price_predictor', points(returns)],
    ['direction_predictor', probabilities((row) => [0.5 - 20 * returns[row], 0.5 + 20 * returns[row]])],
    // The chance of neutral says nothing: it is large where the change is large in either direction.
    [
      'momentum_classifier',
      probabilities((row) => {
        const sided = 0.3 - 10 * Math.abs(change[row]);
        return [sided - 5 * change[row], 1 - 2 * sided, sided + 5 * change[row]];
      }),
    ],
    ['volatility_regressor', column(frame, 'label_log_volatility')],
    ['risk_scorer', column(frame, 'label_drawdown')],
  ])('%s orders the symbols as they came', (name, predictions) => {
    expect(figures(name, predictions).of.get('ic')).toBeCloseTo(1, 9);
  });

  it.each(catalogue.map(({ name }) => name))('%s has a return only if it says a side', (name) => {
    const definition = modelNamed(name);
    const seed = Float64Array.from({ length: frame.rows * widthOf(definition.task) }, (_, i) => (i * 7919) % 101);
    const { of, tradability } = figures(name, seed);
    const sided = name === 'direction_predictor' || name === 'price_predictor';
    expect([...of.keys()]).toEqual([
      ...['ic', 'ic_t', 'ic_ir'],
      ...(sided ? ['spread_gross_bp', 'spread_net_bp', 'break_even_bp', 'cost_bp'] : []),
    ]);
    if (sided) expect(tradability).toEqual({ breakEven: of.get('break_even_bp'), cost: of.get('cost_bp') });
    else expect(tradability).toBeNull();
  });

  it('has no figure after costs without a fee', () => {
    const { of, tradability } = figures('price_predictor', points(returns), { feeBp: undefined });
    expect([...of.keys()]).toEqual(['ic', 'spread_gross_bp', 'break_even_bp']);
    expect(tradability).toBeNull();
    expect(of.get('break_even_bp')).toBeCloseTo(of.get('spread_gross_bp')! / 4, 9);
  });

  it('stands beside the same of a baseline that orders the symbols, and of no other', () => {
    const baseline = new Float64Array(frame.rows);
    const of = (theirs: Float64Array) =>
      practitionerRows(
        modelNamed('price_predictor'),
        frame,
        { model: points(returns), baseline: points(theirs) },
        context,
      ).metrics;
    expect(of(baseline).map((row) => row.baseline)).toEqual(Array.from({ length: 5 }, () => null));
    const reversed = of(returns.map((value) => -value));
    const gross = reversed.find(({ metric }) => metric === 'spread_gross_bp')!;
    expect(gross.baseline).toBeCloseTo(-gross.value, 9);
  });
});

describe('the cost of a side', () => {
  it('is the fee and half of the spread where one was quoted', () => {
    const quoted = withColumns({ has_quotes: (row) => row % 2, spread_bps: () => 3 });
    expect([...tradingCosts(quoted, 6).subarray(0, 3)]).toEqual([6, 7.5, 6]);
    expect([...tradingCosts(withColumns({ has_quotes: () => 1, spread_bps: () => -3 }), 6).subarray(0, 1)]).toEqual([
      6,
    ]);
    expect([...tradingCosts(frame, 6).subarray(0, 2)]).toEqual([6, 6]);
    const wide = withColumns({ has_quotes: () => 1, spread_bps: () => 8 });
    expect(
      figures('price_predictor', points(column(frame, 'label_log_return')), context, wide).tradability?.cost,
    ).toBeCloseTo(10, 9);
  });
});
