import type { QuestDb } from '#lib/questdb/database.ts';
import { type ModelName, modelNames } from '#models/catalogue.ts';
import type { RowOf } from '#sql/rows.ts';

/** Out-of-fold losses of some rows by the models of each regime, and by the pooled model of the same engine. */
export interface Beside {
  loss: number;
  pooled_loss: number;
  /** 1 − loss / pooled loss: above 0 it helped. */
  gain: number;
}

export interface RegimeComparison {
  model: ModelName;
  horizon: number;
  run_id: string;
  engine: string;
  all: Beside;
  /** One-sided p-value of the gain over all rows, not corrected. */
  p_value: number;
  /** From the first fold on. */
  folds: Beside[];
  regimes: Record<string, Beside>;
}

type RegimeRow = RowOf<'runs/per_regime'>;

/** What models of each regime did better or worse in the newest runs, in the order of the catalogue; only of runs that tried them. */
export async function readRegimes(db: QuestDb, venue: string, timeframe: string): Promise<RegimeComparison[]> {
  const rows = await db.rows('runs/per_regime', { venue, timeframe });
  return modelNames.flatMap((model) => {
    const byRun = Map.groupBy(
      rows.filter((row) => row.model === model),
      ({ run_id, engine }) => `${run_id} ${engine}`,
    );
    return [...byRun.values()].map((own) => comparison(model, own));
  });
}

function comparison(model: ModelName, rows: RegimeRow[]): RegimeComparison {
  const [{ horizon, run_id, engine }] = rows;
  const losses = rows.filter((row) => row.metric === 'loss_vs_pooled');
  const all = losses.find((row) => row.fold === -1 && row.regime === null);
  const tested = rows.find((row) => row.metric === 'p_value_vs_pooled');
  if (!all || !tested) throw new RangeError(`run ${run_id} of ${model} lacks figures of ${engine} over all rows`);
  return {
    ...{ model, horizon, run_id, engine },
    all: beside(all),
    p_value: tested.value,
    folds: losses.filter((row) => row.fold >= 0).map(beside),
    regimes: Object.fromEntries(
      losses.filter((row) => row.regime !== null).map((row): [string, Beside] => [row.regime!, beside(row)]),
    ),
  };
}

function beside({ value, pooled }: RegimeRow): Beside {
  if (pooled === null) throw new RangeError('a loss of models of each regime has no pooled loss beside it');
  return { loss: value, pooled_loss: pooled, gain: 1 - value / pooled };
}
