import { expect, it } from 'vitest';
import { inputColumns } from '#features/inputs.ts';
import { featureTimeframes } from '#lib/timeframe.ts';
import { inputsAmong, leanInputs } from '#models/inputs.ts';

it.each(featureTimeframes)('the short list names inputs that there are, of %s bars', (timeframe) => {
  const names = inputColumns(timeframe).map(({ name }) => name);
  // Bars of an hour have no place in the hour.
  const expected = timeframe === '1h' ? leanInputs.filter((name) => !name.includes('hour_')) : leanInputs;
  expect(inputsAmong(names, 'lean').sort()).toEqual([...expected].sort());
});
