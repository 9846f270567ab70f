import type { Frame } from '#lib/frame.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { barMicros } from '#lib/timeframe.ts';
import type { TrainedModel } from '#models/trained.ts';
import type { PredictRequest } from './request.ts';

/** Bars whose changes the band is made of. */
const band = 240;
const columns = ['label_last_return', 'label_momentum_band'] as const;

/**
 * The frame with what the model's baseline reads beside the features, where it does: the last return over its horizon and
 * the band of neutral changes, both known at the bar.
 */
export async function withKnownMomentum(
  db: QuestDb,
  { venue, timeframe }: Pick<PredictRequest, 'venue' | 'timeframe'>,
  frame: Frame,
  { definition, baselines, horizon }: Pick<TrainedModel, 'definition' | 'baselines' | 'horizon'>,
): Promise<Frame> {
  if (!baselines[definition.baseline.name].reads.some((name) => columns.some((column) => column === name)))
    return frame;
  const bar = barMicros(timeframe);
  const [returns, bands] = [new Float64Array(frame.rows), new Float64Array(frame.rows)];
  for (const ts of new Set(frame.ts)) {
    const known = await db.preparedRows('frames/momentum_known', {
      ...{ venue, timeframe, symbols: frame.symbols, horizon, until: new Timestamp(ts) },
      ...{ from: new Timestamp(ts - (band - 1) * bar), load: new Timestamp(ts - (band - 1 + 2 * horizon) * bar) },
    });
    const of = new Map(known.map((row) => [row.symbol, row]));
    for (let row = 0; row < frame.rows; row++) {
      if (frame.ts[row] !== ts) continue;
      const own = of.get(frame.symbols[frame.symbolOf[row]]);
      returns[row] = own?.last_return ?? Number.NaN;
      bands[row] = own?.momentum_band ?? Number.NaN;
    }
  }
  return { ...frame, columns: new Map([...frame.columns, [columns[0], returns], [columns[1], bands]]) };
}
