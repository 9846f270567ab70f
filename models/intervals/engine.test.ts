import { describe, expect, it } from 'vitest';
import { column } from '#lib/frame.ts';
import { random } from '#lib/random.ts';
import type { FitOptions } from '#models/engine.ts';
import { engineNamed } from '#models/engines.ts';
import { plantedFrame } from '#models/fixtures/planted_frame.ts';
import { rowsBetween } from '#models/frame_rows.ts';
import { quantileLevels } from '#models/losses.ts';
import { pointsAlone, quantilesAlone } from '#models/quantile_rows.ts';
import { coverageOf } from './coverage.ts';
import { intervalsEngine } from './engine.ts';

const task = { kind: 'quantiles', levels: quantileLevels } as const;
const [symbols, barMicros, horizon] = [['A-USDT', 'B-USDT'], 60e6, 2];
const { normal } = random(4, 1);
const rows = 6_000;
const symbolOf = Uint16Array.from({ length: rows }, (_, row) => row % 2);
const ts = Float64Array.from({ length: rows }, (_, row) => Math.floor(row / 2) * barMicros);
/** The first column tells the size, the second the direction; B moves three times as far as they say, the rest is noise. */
const columns = Array.from({ length: 42 }, () => Float64Array.from({ length: rows }, normal));
const returns = Float64Array.from(
  { length: rows },
  (_, row) => 0.001 * (Math.exp(0.7 * columns[0][row]) * normal() * (row % 2 ? 3 : 1) + 0.6 * columns[1][row]),
);
const options: FitOptions = {
  ...{ task, parameters: {}, seed: 1, workers: 1 },
  ...{ time: { ts, horizon, barMicros }, of: { symbols, symbolOf } },
};
const part = (from: number, until: number) => columns.map((values) => values.subarray(from, until));
const fitTo = (until: number, more: Partial<FitOptions> = {}) =>
  intervalsEngine.fit(part(0, until), returns.subarray(0, until), {
    ...options,
    time: { ts: ts.subarray(0, until), horizon, barMicros },
    of: { symbols, symbolOf: symbolOf.subarray(0, until) },
    ...more,
  });

describe('intervals', () => {
  it('are as wide as the coming size, hold what they promise by symbol, and have a point forecast', async () => {
    const fitted = await fitTo(4_000);
    const predicted = fitted.predict(part(4_000, rows), { symbols, symbolOf: symbolOf.subarray(4_000) });
    const quantiles = quantilesAlone(predicted);
    const { all } = coverageOf(quantiles, returns.subarray(4_000), symbolOf.subarray(4_000), symbols);
    expect(Math.abs(all.ninety - 0.9)).toBeLessThan(0.025);
    expect(Math.abs(all.fifty - 0.5)).toBeLessThan(0.05);
    // The direction, a part of the size that this column does not tell, takes a little from the slope of 0.7 that was planted.
    const slope = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, i) => sum + value * y[i], 0) / x.length;
    const widths = Float64Array.from({ length: rows - 4_000 }, (_, i) =>
      Math.log(quantiles[5 * i + 4] - quantiles[5 * i]),
    );
    expect(slope(columns[0].subarray(4_000), widths)).toBeGreaterThan(0.45);
    expect(slope(columns[0].subarray(4_000), widths)).toBeLessThan(0.8);
    expect(slope(columns[1].subarray(4_000), pointsAlone(predicted))).toBeGreaterThan(0.2e-3);
    expect(fitted.importance[0]).toBe(Math.max(...fitted.importance));
  });

  it('take their ratios with sizes that were fitted to other rows', async () => {
    // As many columns as this fit few rows in hindsight: with a penalty of next to nothing, ratios of the fitted rows would lie close.
    const fitted = await fitTo(300, { parameters: { ridge: 1e-6 } });
    const predicted = fitted.predict(part(2_000, rows), { symbols, symbolOf: symbolOf.subarray(2_000) });
    const { all } = coverageOf(quantilesAlone(predicted), returns.subarray(2_000), symbolOf.subarray(2_000), symbols);
    expect(all.ninety).toBeGreaterThan(0.86);
    expect(all.fifty).toBeGreaterThan(0.45);
  });

  it('are of the symbol where it is known, else of all', async () => {
    const fitted = await fitTo(4_000);
    const widthOf = (names: string[] | undefined) => {
      const of = names && { symbols: names, symbolOf: new Uint16Array(1) };
      const [low, , , , high] = fitted.predict(part(0, 1), of);
      return high - low;
    };
    expect(widthOf(['B-USDT'])).toBeGreaterThan(1.2 * widthOf(['A-USDT']));
    expect(widthOf(['NEW-USDT'])).toBe(widthOf(undefined));
    expect(widthOf(['B-USDT'])).toBeGreaterThan(widthOf(undefined));
    expect(widthOf(['A-USDT'])).toBeLessThan(widthOf(undefined));
  });

  it('of exchanged columns are those of a frame in which they are exchanged, a row staying with its symbol', async () => {
    const fitted = await fitTo(4_000);
    const of = { symbols, symbolOf: symbolOf.subarray(0, 100) };
    const source = Uint32Array.from({ length: 100 }, (_, row) => (37 * row + 5) % 100);
    const groupOf = Int32Array.from(columns, (_, c) => (c < 2 ? c : -1));
    const own = part(0, 100);
    const permuted = fitted.permuted(own, groupOf, 3, source, of);
    for (const [group, predictions] of permuted.entries()) {
      const exchanged = own.map((values, c) =>
        groupOf[c] === group ? values.map((_, row) => values[source[row]]) : values,
      );
      for (const [i, value] of fitted.predict(exchanged, of).entries()) expect(predictions[i]).toBeCloseTo(value, 12);
    }
    expect(permuted[2]).toEqual(fitted.predict(own, of));
  });

  it('can be of each regime, by whose models a row keeps its symbol', async () => {
    const planted = plantedFrame({ bars: 1_000, seed: 2, strength: 0.8 });
    const names = [...planted.columns.keys()].filter((name) => !name.startsWith('label_'));
    const inputs = names.map((name) => column(planted, name));
    const engine = engineNamed('intervals_by_regime');
    const fitted = await engine.fit(inputs, column(planted, 'label_log_return'), {
      ...{ task, parameters: { regimeRows: 300 }, seed: 1, workers: 1, features: names, of: planted },
      time: { ts: planted.ts, horizon, barMicros },
    });
    const predicted = fitted.predict(inputs, planted);
    expect(fitted.predict(inputs)).not.toEqual(predicted);
    for (const row of [0, 7, 50]) {
      const one = rowsBetween(planted, row, row + 1);
      const alone = fitted.predict(
        names.map((name) => column(one, name)),
        one,
      );
      expect([...alone]).toEqual([...predicted.subarray(6 * row, 6 * row + 6)]);
    }
    const source = Uint32Array.from(inputs[0], (_, row) => row);
    const [same] = fitted.permuted(inputs, new Int32Array(inputs.length), 1, source, planted);
    expect(same).toEqual(predicted);
  });

  it('begin where no miss has been seen', async () => {
    expect((await fitTo(1_000)).toJSON()).toMatchObject({
      conformal: { inner: { target: 0.5, miss: 0.5 }, outer: { target: 0.1, miss: 0.1 } },
    });
  });

  it('refuse what they cannot be fitted to', async () => {
    await expect(fitTo(1_000, { task: { kind: 'regression' } })).rejects.toThrow('predicts quantiles alone');
    await expect(fitTo(1_000, { classWeights: [1, 2] })).rejects.toThrow('takes no weights');
    await expect(fitTo(1_000, { parameters: { trees: 3 } })).rejects.toThrow('The parameters of the engine intervals');
    await expect(fitTo(12)).rejects.toThrow('6 bars are too few to fit intervals 2 bars ahead');
    const reason = new Error('no longer wanted');
    await expect(fitTo(1_000, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    for (const other of ['forest', 'linear', 'gamma'])
      await expect(engineNamed(other).fit(columns, returns, options)).rejects.toThrow(
        `The engine ${other} predicts no quantiles.`,
      );
    expect(() => intervalsEngine.load({ format: 'other' })).toThrow('its format is other');
  });
});
