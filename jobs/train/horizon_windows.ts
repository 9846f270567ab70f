import { UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { type HorizonRequest, type ModelHorizon, modelHorizons } from './horizons.ts';
import { type PreparedWindow, prepareFrame } from './prepared_window.ts';
import type { WindowRequest } from './window.ts';

/** A request for the windows of several models, each at its own horizons. */
export interface WindowsRequest extends Omit<WindowRequest, 'horizon'>, HorizonRequest {}

/** Why a model has no run at a horizon. */
export interface FailedTraining extends ModelHorizon {
  reason: string;
}

export interface HorizonWindows {
  /** One for each horizon, the nearest first: labels of another horizon are another frame, and may be of other symbols. */
  windows: PreparedWindow[];
  /** What has no window, because its horizon reaches farther than the bars do. */
  failed: FailedTraining[];
}

/**
 * Prepares a window with its frame for each horizon of a request. One that cannot be prepared does not end the others.
 * @throws UserError of the nearest horizon where there is no window at all; other errors at once
 */
export async function prepareWindows(
  context: { db: QuestDb; dataDir: string },
  request: WindowsRequest,
  onProgress?: (what: string, done: number, total: number) => void,
): Promise<HorizonWindows> {
  const byHorizon = Map.groupBy(modelHorizons(request), ({ horizon }) => horizon);
  const windows: PreparedWindow[] = [];
  const failed: FailedTraining[] = [];
  let first: UserError | undefined;
  for (const [horizon, asked] of [...byHorizon].sort(([a], [b]) => a - b)) {
    try {
      windows.push(await prepareFrame(context, { ...request, horizon }, onProgress));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      first ??= error;
      failed.push(...asked.map((each) => ({ ...each, reason: error.message })));
    }
  }
  if (windows.length === 0 && first) throw first;
  return { windows, failed };
}

/** Symbols that were passed over at any horizon, each with its first reason. */
export function skippedOf(windows: readonly Pick<PreparedWindow, 'skipped'>[]): PreparedWindow['skipped'] {
  const all = windows.flatMap(({ skipped }) => skipped);
  return all.filter(({ symbol }, i) => all.findIndex((each) => each.symbol === symbol) === i);
}
