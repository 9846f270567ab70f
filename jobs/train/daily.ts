import type { ActiveMarket } from '#jobs/live_state.ts';
import { type PromotionDecision, promoteRun } from '#jobs/runs/promote.ts';
import type { Config } from '#lib/config.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import { type FailedTraining, skippedOf } from './horizon_windows.ts';
import { usualSeed } from './run.ts';
import { type TrainingContext, trainModels } from './train_all.ts';

export interface DailyResult {
  bars: number;
  runs: {
    model: string;
    horizon: number;
    run_id: string;
    skill: number;
    p_value: number;
    promoted: boolean;
    reasons: string[];
  }[];
  skipped: { symbol: string; reason: string }[];
  /** Horizons that so few bars give no p-value for. */
  passedOver: FailedTraining[];
}

/**
 * Trains and validates every model at each of its horizons, or at the configured one, on the newest window and promotes
 * what passes the gate. One that fails does not keep the others from being promoted, but the job fails and says which.
 */
export async function trainDaily(
  context: TrainingContext,
  training: Config['training'],
  market: ActiveMarket,
): Promise<DailyResult> {
  const { runs, failed, windows, passedOver } = await trainModels(context, {
    venue: market.venue,
    configured: market.symbols,
    configuredVenue: market.venue,
    timeframe: '1m',
    symbols: training.symbols,
    bars: training.bars,
    horizon: training.horizon,
    folds: training.folds,
    seed: usualSeed,
    feeBp: training.feeBp,
    allowSimulated: market.allowSimulated,
  });
  const problems = failed.map(({ model, horizon, reason }) => `${model}, ${horizon} bars ahead: ${reason}`);
  const result: DailyResult = { bars: training.bars, runs: [], skipped: skippedOf(windows), passedOver };
  for (const run of runs) {
    let decision: Pick<PromotionDecision, 'passes' | 'reasons'>;
    try {
      decision = await promoteRun(context.db, context.dataDir, run.run_id);
    } catch (error) {
      problems.push(`promoting ${run.model}, ${run.horizon} bars ahead: ${reasonOf(error)}`);
      decision = { passes: false, reasons: [reasonOf(error)] };
    }
    result.runs.push({
      model: run.model,
      horizon: run.horizon,
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
