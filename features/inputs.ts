import type { Timeframe } from '#lib/timeframe.ts';
import { catalogue } from './catalogue.ts';

/** A column of what models of many symbols read: the name of its feature, and SQL over the feature table. */
export interface Input {
  name: string;
  sql: string;
}

/** The scale-free inputs, in the order of the catalogue. Features that say `none` are left out. */
export function inputColumns(timeframe: Timeframe = '1m'): Input[] {
  return catalogue(timeframe).flatMap(({ name, input }) => (input === null ? [] : [{ name, sql: input }]));
}
