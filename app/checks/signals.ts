import { reasonOf } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { random } from '#lib/random.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros, type FeatureTimeframe, featureTimeframes } from '#lib/timeframe.ts';
import type { RowOf } from '#sql/rows.ts';
import { add, begin, type Checked, iso } from './finding.ts';
import { type Said, SaidAgain } from './said_again.ts';
import { parametersOf, type Scope } from './scope.ts';

export interface SignalsOptions {
  /** Where artifacts lie. */
  dataDir: string;
  /** Bars, at random, whose signals are made again. */
  cuts?: number;
  seed?: number;
}

type Counted = RowOf<'checks/answers_counted'>;

/**
 * Looks whether each model has answered each bar of each symbol exactly once, from its first answer to its last, and whether
 * what is stored is what its run says of the stored features: an answer that was changed is not.
 */
export async function checkSignals(db: QuestDb, scope: Scope, options: SignalsOptions): Promise<Checked> {
  await db.applied(['signals']);
  const checked = begin(scope);
  const { venue, symbols, from, to } = parametersOf(scope);
  const counted = await db.rows('checks/answers_counted', { venue, symbols, from, to });
  const sum = (of: (row: Counted) => number) => counted.reduce((total, row) => total + of(row), 0);
  checked.looked = {
    'bars answered': sum((row) => row.spoken),
    signals: sum((row) => row.signals),
    'gated signals': sum((row) => row.gated),
    absent: sum((row) => row.absent),
  };
  if (counted.length === 0) checked.notes.push('no signals yet: there is nothing to check');
  for (const row of counted.filter((each) => !isWhole(each))) await nameOffenders(db, scope, row, checked);
  for (const timeframe of featureTimeframes) {
    const own = counted.filter((row) => row.timeframe === timeframe && row.signals + row.gated > 0);
    if (own.length > 0) await sayAgain(db, scope, timeframe, own, { checked, options });
  }
  return checked;
}

/** Whether the answers speak of each bar from the first to the last once. */
function isWhole({ timeframe, answers, moments, spoken, first_bar, last_answer, last_spoken }: Counted): boolean {
  return answers === moments && spoken === (last_answer - first_bar) / barMicros(timeframe) + last_spoken;
}

/** Names the bars between the first and the last answer that have none or several. */
async function nameOffenders(db: QuestDb, scope: Scope, row: Counted, checked: Checked): Promise<void> {
  const { timeframe, model, horizon, symbol } = row;
  const { venue, from, to } = parametersOf(scope);
  const bar = barMicros(timeframe);
  const answers = await db.rows('checks/answers_of', { venue, symbol, timeframe, model, horizon, from, to });
  const named = `${timeframe} ${model}, ${horizon} bars ahead`;
  const doubled: { ts: Micros; runs: string }[] = [];
  const missing: { ts: Micros; until: Micros }[] = [];
  let [next, before] = [row.first_bar, ''];
  for (const { ts, bars, run_id } of answers) {
    if (ts < next) doubled.push({ ts, runs: `runs ${before} and ${run_id}` });
    if (ts > next) missing.push({ ts: next, until: ts });
    next = Math.max(next, ts + bars * bar);
    before = String(run_id);
  }
  add(checked, doubled, ({ ts, runs }) => ({
    ...{ what: `${named}: answered twice`, symbol, from: iso(ts), to: iso(ts + bar), detail: runs },
  }));
  add(checked, missing, ({ ts, until }) => ({
    ...{ what: `${named}: not answered`, symbol, from: iso(ts), to: iso(until), detail: `${(until - ts) / bar} bars` },
  }));
}

interface Again {
  checked: Checked;
  options: SignalsOptions;
}

/** Has the runs say again what they have said of some bars. */
async function sayAgain(
  db: QuestDb,
  scope: Scope,
  timeframe: FeatureTimeframe,
  counted: readonly Counted[],
  { checked, options }: Again,
): Promise<void> {
  const { venue, symbols } = scope;
  const bar = barMicros(timeframe);
  const first = Math.min(...counted.map((row) => row.first_bar));
  const bars = Math.max(...counted.map((row) => row.spoken));
  const { uniform } = random(options.seed ?? 1);
  const times = new Set(Array.from({ length: options.cuts ?? 20 }, () => first + Math.floor(uniform() * bars) * bar));
  const again = new SaidAgain(db, options.dataDir, { venue, timeframe, symbols });
  let compared = 0;
  for (const ts of [...times].sort((a, b) => a - b)) {
    const said: Said[] = await db.rows('checks/said', { venue, symbols, timeframe, ts: new Timestamp(ts) });
    if (said.length === 0) continue;
    const { differing, same } = await again.compare(ts, said);
    compared += same + differing.length;
    add(checked, differing, ({ symbol, model, run_id }) => ({
      what: `${timeframe} signal of ${model} is not what its run says`,
      ...{ symbol, from: iso(ts), to: iso(ts + bar), detail: `run ${run_id}` },
    }));
  }
  checked.looked[`${timeframe} signals said again`] = compared;
  for (const [runId, error] of again.unusable)
    checked.notes.push(`signals of run ${runId} are not said again: ${reasonOf(error)}`);
}
