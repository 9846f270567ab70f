import type { QuestDb } from '#lib/questdb/database.ts';
import { type ModelName, modelNames } from '#models/catalogue.ts';
import { carriesNothing } from '#models/importance.ts';
import type { RowOf } from '#sql/rows.ts';

/** A feature, or a family as a whole, in what the newest run of a model and horizon rests on. */
export interface FeatureImportance {
  name: string;
  /** Share in the decisions of the model; sums to 1 over the features. */
  gain: number;
  /** Skill lost on rows not seen when it is shuffled: mean and sample deviation over the folds. */
  permutation: number;
  permutation_deviation: number;
  /** What is lost is not above its own deviation over the folds. */
  carries_nothing: boolean;
}

/** Each list begins with what the model rests on most. */
export interface ModelImportance {
  model: ModelName;
  horizon: number;
  run_id: string;
  families: (FeatureImportance & { features: number })[];
  features: (FeatureImportance & { family: string | null })[];
}

type ImportanceRow = RowOf<'runs/importance'>;

/**
 * What the newest run of each model and horizon that have one rests on, in the order of the catalogue; of a run that was trained before
 * this was measured the lists are empty.
 */
export async function readImportance(db: QuestDb, venue: string, timeframe: string): Promise<ModelImportance[]> {
  const rows = await db.rows('runs/importance', { venue, timeframe });
  return modelNames.flatMap((model) => {
    const own = rows.filter((row) => row.model === model);
    return [...Map.groupBy(own, ({ run_id }) => run_id).values()].map((run) => importanceOf(model, run));
  });
}

function importanceOf(model: ModelName, rows: ImportanceRow[]): ModelImportance {
  const measured = rows.filter((row) => row.permutation !== null);
  const features = measured.flatMap((row) =>
    row.feature === null ? [] : [{ ...figures(row.feature, row), family: row.family }],
  );
  const families = measured.flatMap((row) => {
    if (row.feature !== null || row.family === null) return [];
    return [{ ...figures(row.family, row), features: features.filter(({ family }) => family === row.family).length }];
  });
  return { model, horizon: rows[0].horizon, run_id: rows[0].run_id, families, features };
}

function figures(name: string, row: ImportanceRow): FeatureImportance {
  const [mean, deviation] = [row.permutation!, row.permutation_deviation!];
  return {
    name,
    gain: row.gain!,
    permutation: mean,
    permutation_deviation: deviation,
    carries_nothing: carriesNothing({ mean, deviation }),
  };
}
