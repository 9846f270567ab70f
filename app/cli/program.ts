import { Command } from 'commander';
import { backfillCommand } from './backfill.ts';
import { candlesCommand } from './candles.ts';
import { checkCommand } from './check.ts';
import { consoleCommand } from './console.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { downCommand } from './down.ts';
import { featuresCommand } from './features.ts';
import { importCommand } from './import.ts';
import { jobsCommand } from './jobs.ts';
import { promoteCommand } from './promote.ts';
import { recordCommand } from './record.ts';
import { replayCommand } from './replay.ts';
import { reportCommand } from './report.ts';
import { reproduceCommand } from './reproduce.ts';
import { rollbackCommand } from './rollback.ts';
import { runsCommand } from './runs.ts';
import { schedulesCommand } from './schedules.ts';
import { scoreCommand } from './score.ts';
import { signalsCommand } from './signals.ts';
import { simulateCommand } from './simulate.ts';
import { sqlCommand } from './sql.ts';
import { statusCommand } from './status.ts';
import { trainCommand } from './train.ts';
import { tuneCommand } from './tune.ts';
import { upCommand } from './up.ts';

/**
 * The command line, one file a command.
 * @param more further commands, of those that not every installation has
 */
export function program(more: readonly Command[] = []): Command {
  const root = new Command('tickforest')
    .description('Streams exchange ticks into QuestDB, makes candles and features in SQL, trains and validates models.')
    .showHelpAfterError('(run with --help to see what is available)')
    .exitOverride();
  for (const command of [
    demoCommand(),
    upCommand(),
    statusCommand(),
    downCommand(),
    consoleCommand(),
    doctorCommand(),
    importCommand(),
    backfillCommand(),
    candlesCommand(),
    sqlCommand(),
    checkCommand(),
    recordCommand(),
    replayCommand(),
    simulateCommand(),
    featuresCommand(),
    trainCommand(),
    tuneCommand(),
    signalsCommand(),
    jobsCommand(),
    schedulesCommand(),
    runsCommand(),
    promoteCommand(),
    rollbackCommand(),
    reportCommand(),
    reproduceCommand(),
    scoreCommand(),
    ...more,
  ]) {
    root.addCommand(command.copyInheritedSettings(root));
  }
  return root;
}
