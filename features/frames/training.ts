import { setHash } from '#features/catalogue.ts';
import { inputColumns } from '#features/inputs.ts';
import { type Exclusion, type Frame, finiteRows } from '#lib/frame.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { exportParquet, readFrame } from '#lib/questdb/parquet.ts';
import { bind, type Parameters, prepare, Timestamp } from '#lib/questdb/statement.ts';
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

/** A few bars of some symbols. */
export interface SeenBars {
  venue: string;
  timeframe: Timeframe;
  symbols: readonly string[];
  /** The first and the last bar. */
  from: Micros;
  to: Micros;
}

/**
 * What a model and its baseline see of a few bars, so few that they come over the PostgreSQL wire. Beside the inputs it has
 * `label_close`, the trailing deviations under the names that labels have for them, and `candle_known_at`: microseconds,
 * which state of the bar the features were made of.
 */
export async function fetchSeenFrame(
  db: QuestDb,
  { from, to, ...bars }: SeenBars,
): Promise<{ frame: Frame; excluded: Exclusion[] }> {
  const set_hash = setHash(bars.timeframe);
  const window = { ...bars, since: new Timestamp(from), until: new Timestamp(to), set_hash };
  const rows = await db.query<SeenRow>(prepare(textWithInputs('frames/seen', bars.timeframe), window));
  rows.sort((a, b) => a.ts.getTime() - b.ts.getTime() || (a.symbol < b.symbol ? -1 : 1));
  const symbols = [...new Set(rows.map(({ symbol }) => symbol))];
  const names = ['label_close', 'candle_known_at', ...inputColumns(bars.timeframe).map(({ name }) => name)];
  const columns = new Map(names.map((name) => [name, Float64Array.from(rows, (row) => row[name] ?? Number.NaN)]));
  // Baselines read them by the names of the labels' columns, and they are the same deviations.
  for (const bars of trailing) columns.set(`label_dev_${bars}`, columns.get(`log_deviation_${bars}`)!);
  return finiteRows({
    ...{ rows: rows.length, symbols, columns },
    ts: Float64Array.from(rows, ({ ts }) => ts.getTime() * 1_000),
    symbolOf: Uint16Array.from(rows, ({ symbol }) => symbols.indexOf(symbol)),
  });
}

/** Bars back of the trailing deviations. */
const trailing = [5, 20, 60, 240];

type SeenRow = { ts: Date; symbol: string } & Record<string, number | null>;

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
  return bind(textWithInputs(name, parameters.timeframe), parameters);
}

function textWithInputs(name: string, timeframe: Timeframe): string {
  const inputs = inputColumns(timeframe).map(({ name: column, sql }) =>
    sql === column ? column : `${sql} AS ${column}`,
  );
  return statement(name)
    .replace('\n    {inputs}', `\n    ${inputs.join(', ')}`)
    .replace('\n  {inputs}', `\n  ${inputs.join(', ')}`);
}
