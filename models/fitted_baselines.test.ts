import { describe, expect, it } from 'vitest';
import type { Frame } from '#lib/frame.ts';
import type { Baseline } from './baseline.ts';
import { catalogue } from './catalogue.ts';
import { fitBaselines, loadBaselines, saveBaselines } from './fitted_baselines.ts';
import { plantedFrame } from './fixtures/planted_frame.ts';
import { rowsBetween } from './frame_rows.ts';

const planted = plantedFrame({ bars: 700, seed: 4, strength: 0.8 });
/** With the features that some forecasts are fitted on, so that none is left out. */
const frame: Frame = { ...planted, columns: new Map(planted.columns) };
for (const n of [5, 20, 60, 240]) frame.columns.set(`log_parkinson_${n}`, planted.columns.get(`label_dev_${n}`)!);
const context = { horizon: 2, barMicros: 60e6 };
/** In another order, and with a symbol that was not fitted on. */
const elsewhere = { ...frame, symbols: ['PLANTED1-USDT', 'NEW-USDT', 'PLANTED0-USDT'] };
const bits = (values: Float64Array) => new BigUint64Array(values.slice().buffer);

describe.each(catalogue.map((definition) => [definition.name, definition] as const))('%s', (_, definition) => {
  const baselines: readonly Baseline[] = [definition.baseline, ...definition.besides];

  it('keeps all of its baselines, which predict the same bit for bit once they were read back', () => {
    const fitted = fitBaselines(definition, frame, context);
    expect(Object.keys(fitted)).toEqual(baselines.map(({ name }) => name));
    const loaded = loadBaselines(definition, JSON.parse(JSON.stringify(saveBaselines(fitted))));
    for (const { name } of baselines) {
      for (const rows of [frame, elsewhere])
        expect(bits(loaded[name].predict(rows))).toEqual(bits(fitted[name].predict(rows)));
      expect(loaded[name]).toMatchObject({ name: fitted[name].name, reads: fitted[name].reads });
    }
    expect(saveBaselines(loaded)).toEqual(saveBaselines(fitted));
  });

  it('predicts from the columns that it says and from no other', () => {
    for (const fitted of Object.values(fitBaselines(definition, frame, context))) {
      const read = new Map([...frame.columns].filter(([name]) => fitted.reads.includes(name)));
      expect(bits(fitted.predict({ ...frame, columns: read }))).toEqual(bits(fitted.predict(frame)));
      for (const name of fitted.reads) {
        const without: Frame = { ...frame, columns: new Map(read) };
        without.columns.delete(name);
        expect(() => fitted.predict(without)).toThrow(`no column ${name}`);
      }
    }
  });

  it('is fitted on the rows that it is given', () => {
    const [all, half] = [frame, rowsBetween(frame, 0, frame.rows / 2)].map((rows) =>
      saveBaselines(fitBaselines(definition, rows, context)),
    );
    for (const { name } of baselines)
      if (Object.keys(all[name].parameters).length > 0) expect(half[name]).not.toEqual(all[name]);
  });
});

it('is the mean again where the mean was chosen', () => {
  const { baseline } = catalogue.find(({ name }) => name === 'risk_scorer')!;
  const loaded = baseline.load({ name: 'mean', parameters: { mean: 0.25 } });
  expect([...loaded.predict(rowsBetween(frame, 0, 2))]).toEqual([0.25, 0.25]);
});
