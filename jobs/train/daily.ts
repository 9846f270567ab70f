import type { ActiveMarket } from '#jobs/live_state.ts';
import { type PromotionDecision, promoteRun } from '#jobs/runs/promote.ts';
import type { Config } from '#lib/config.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import { type TrainingContext, trainModels } from './train_all.ts';

export interface DailyResult {
  bars: number;
  runs: { model: string; run_id: string; skill: number; p_value: number; promoted: boolean; reasons: string[] }[];
  skipped: { symbol: string; reason: string }[];
}

/**
 * Trains and validates every model on the newest window and promotes what passes the gate. A model that fails does not
 * keep the others from being promoted, but the job fails and says which.
 */
export async function trainDaily(
  context: TrainingContext,
  training: Config['training'],
  market: ActiveMarket,
): Promise<DailyResult> {
  const { runs, failed, bars, skipped } = await trainModels(context, {
    venue: market.venue,
    configured: market.symbols,
    configuredVenue: market.venue,
    timeframe: '1m',
    symbols: training.symbols,
    bars: training.bars,
    horizon: training.horizon,
    folds: training.folds,
    seed: 1,
    feeBp: training.feeBp,
    allowSimulated: market.allowSimulated,
  });
  const problems = failed.map(({ model, reason }) => `${model}: ${reason}`);
  const result: DailyResult = { bars, runs: [], skipped };
  for (const run of runs) {
    let decision: Pick<PromotionDecision, 'passes' | 'reasons'>;
    try {
      decision = await promoteRun(context.db, context.dataDir, run.run_id);
    } catch (error) {
      problems.push(`promoting ${run.model}: ${reasonOf(error)}`);
      decision = { passes: false, reasons: [reasonOf(error)] };
    }
    result.runs.push({
      model: run.model,
      run_id: run.run_id,
      skill: run.skill,
      p_value: run.p_value,
      promoted: decision.passes,
      reasons: decision.reasons,
    });
  }
  if (problems.length > 0) throw new UserError(problems.join(' '));
  return result;
}
