import { setHash } from '#features/catalogue.ts';
import { inputColumns } from '#features/inputs.ts';
import { type Exclusion, type Frame, finiteRows } from '#lib/frame.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { exportParquet, readFrame } from '#lib/questdb/parquet.ts';
import { bind, type Parameters, Timestamp } from '#lib/questdb/statement.ts';
import type { Micros } from '#lib/time.ts';
import type { Timeframe } from '#lib/timeframe.ts';
import { statement } from '#sql/read.ts';

/** Which rows a model is trained on: every bar from `from` to `to` (inclusive) that all symbols have. */
export interface TrainingWindow {
  venue: string;
  timeframe: Timeframe;
  horizon: number;
  symbols: string[];
  from: Micros;
  to: Micros;
}

/** The statement that makes the frame; kept with the run. */
export function trainingStatement(window: TrainingWindow): string {
  return withInputs('frames/training', {
    venue: window.venue,
    timeframe: window.timeframe,
    horizon: window.horizon,
    symbols: window.symbols,
    symbol_count: window.symbols.length,
    set_hash: setHash(window.timeframe),
    since: new Timestamp(window.from),
    until: new Timestamp(window.to),
  });
}

/** Fetches a training frame as Parquet into `file`, which stays as the record of what was trained on. */
export async function fetchTrainingFrame(
  db: QuestDb,
  window: TrainingWindow,
  file: string,
): Promise<{ frame: Frame; excluded: Exclusion[] }> {
  await exportParquet(db, trainingStatement(window), file);
  return readFrame(file);
}

/** The inputs of the newest bar of each symbol of a venue: so few rows that they come over the PostgreSQL wire. */
export async function fetchNewestFrame(
  db: QuestDb,
  venue: string,
  timeframe: Timeframe,
): Promise<{ frame: Frame; excluded: Exclusion[] }> {
  const rows = await db.query<NewestRow>(
    withInputs('frames/newest', { venue, timeframe, set_hash: setHash(timeframe) }),
  );
  rows.sort((a, b) => a.ts.getTime() - b.ts.getTime() || (a.symbol < b.symbol ? -1 : 1));
  const symbols = [...new Set(rows.map(({ symbol }) => symbol))];
  const names = ['label_close', ...inputColumns(timeframe).map(({ name }) => name)];
  return finiteRows({
    ...{ rows: rows.length, symbols },
    ts: Float64Array.from(rows, ({ ts }) => ts.getTime() * 1_000),
    symbolOf: Uint16Array.from(rows, ({ symbol }) => symbols.indexOf(symbol)),
    columns: new Map(names.map((name) => [name, Float64Array.from(rows, (row) => row[name] ?? Number.NaN)])),
  });
}

type NewestRow = { ts: Date; symbol: string } & Record<string, number | null>;

/** The inputs of the bars from `from` to `to` (inclusive) of these symbols. */
export async function fetchInputFrame(
  db: QuestDb,
  { from, to, ...rest }: Omit<TrainingWindow, 'horizon'>,
  file: string,
): Promise<{ frame: Frame; excluded: Exclusion[] }> {
  const { venue, timeframe, symbols } = rest;
  const window = { venue, timeframe, symbols, since: new Timestamp(from), until: new Timestamp(to) };
  await exportParquet(db, withInputs('frames/inputs', window), file);
  return readFrame(file);
}

function withInputs(name: string, parameters: Parameters & { timeframe: Timeframe }): string {
  const inputs = inputColumns(parameters.timeframe).map(({ name: column, sql }) =>
    sql === column ? column : `${sql} AS ${column}`,
  );
  return bind(
    statement(name)
      .replace('\n    {inputs}', `\n    ${inputs.join(', ')}`)
      .replace('\n  {inputs}', `\n  ${inputs.join(', ')}`),
    parameters,
  );
}
