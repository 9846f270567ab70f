import { rows as candles } from './candles/rows.ts';
import { rows as checks } from './checks/rows.ts';
import { rows as features } from './features/rows.ts';
import { rows as frames } from './frames/rows.ts';
import { rows as freshness } from './freshness/rows.ts';
import { rows as gaps } from './gaps/rows.ts';
import { rows as imports, partRows } from './imports/rows.ts';
import { rows as labels } from './labels/rows.ts';
import { rows as migrations } from './migrations/rows.ts';
import { rows as runs } from './runs/rows.ts';
import { rows as signals } from './signals/rows.ts';

/** What a column gives. A timestamp is a `time`, cut to milliseconds; one that the statement casts to LONG is `micros`. */
interface Kinds {
  text: string;
  boolean: boolean;
  integer: number;
  double: number;
  micros: number;
  time: Date;
  numbers: number[];
  unknown: unknown;
}

/** A kind, with `?` where the column may be null, or the words that a text is one of. */
export type Column = keyof Kinds | `${keyof Kinds}?` | readonly string[];

/** The columns of each statement's rows. `'*'` stands for features, all or those that the caller asks for. */
export type Rows = Readonly<Record<string, Readonly<Record<string, Column>>>>;

/**
 * The rows of every statement that the program reads from QuestDB, declared beside it: the types of the code come from
 * here, and rows.test.ts compares with what the database gives.
 */
export const rows = {
  ...candles,
  ...checks,
  ...features,
  ...frames,
  ...freshness,
  ...gaps,
  ...imports,
  ...labels,
  ...migrations,
  ...runs,
  ...signals,
} as const satisfies Rows;

/** The same of statements that the DuckDB of an import runs. */
export const rowsOfParts = partRows satisfies Rows;

/** A statement that gives rows, by its name. */
export type Reading = keyof typeof rows;
export type PartReading = keyof typeof rowsOfParts;

/** One row of the statement, for example `RowOf<'runs/report'>`. */
export type RowOf<Name extends Reading | PartReading> = Row<(typeof rows & typeof rowsOfParts)[Name]>;

type Row<Columns> = { [Name in keyof Columns as Name extends '*' ? string : Name]: Value<Columns[Name]> };

type Value<Declared> = Declared extends readonly (infer Word)[]
  ? Word
  : Declared extends keyof Kinds
    ? Kinds[Declared]
    : Declared extends `${infer Kind extends keyof Kinds}?`
      ? Kinds[Kind] | null
      : never;
