import type { Frame } from '#lib/frame.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros } from '#lib/timeframe.ts';
import type { TrainedModel } from '#models/trained.ts';
import type { RowOf } from '#sql/rows.ts';
import type { PredictRequest } from './request.ts';

/** Bars whose changes the band is made of. */
const band = 240;
const columns = ['label_last_return', 'label_momentum_band'] as const;

type Reader = Pick<TrainedModel, 'definition' | 'baselines' | 'horizon'>;

/** The last return and the band of neutral changes, by horizon, bar and symbol. */
export type KnownMomentum = ReadonlyMap<string, RowOf<'frames/momentum_known'>>;

const place = (horizon: number, ts: Micros, symbol: string) => `${horizon} ${ts} ${symbol}`;

function reads({ definition, baselines }: Reader): boolean {
  return baselines[definition.baseline.name].reads.some((name) => columns.some((column) => column === name));
}

/** What the baselines of these models read of some bars beside the features: known at the bar, and nothing of others. */
export async function knownMomentum(
  db: QuestDb,
  { venue, timeframe }: Pick<PredictRequest, 'venue' | 'timeframe'>,
  times: Iterable<Micros>,
  symbols: readonly string[],
  models: readonly Reader[],
): Promise<KnownMomentum> {
  const bar = barMicros(timeframe);
  const known = new Map<string, RowOf<'frames/momentum_known'>>();
  for (const horizon of new Set(models.filter(reads).map((model) => model.horizon)))
    for (const ts of times) {
      const rows = await db.preparedRows('frames/momentum_known', {
        ...{ venue, timeframe, symbols, horizon, until: new Timestamp(ts) },
        ...{ from: new Timestamp(ts - (band - 1) * bar), load: new Timestamp(ts - (band - 1 + 2 * horizon) * bar) },
      });
      for (const row of rows) known.set(place(horizon, ts, row.symbol), row);
    }
  return known;
}

/** The frame with what the model's baseline reads of it, where it does; NaN where that is not known. */
export function withMomentum(frame: Frame, known: KnownMomentum, model: Reader): Frame {
  if (!reads(model)) return frame;
  const of = (row: number) => known.get(place(model.horizon, frame.ts[row], frame.symbols[frame.symbolOf[row]]));
  const rows = Array.from({ length: frame.rows }, (_, row) => of(row));
  const returns = Float64Array.from(rows, (row) => row?.last_return ?? Number.NaN);
  const bands = Float64Array.from(rows, (row) => row?.momentum_band ?? Number.NaN);
  return { ...frame, columns: new Map([...frame.columns, [columns[0], returns], [columns[1], bands]]) };
}
