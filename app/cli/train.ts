import { Command } from 'commander';
import { withServices } from '#app/context.ts';
import { printJson, progress } from '#app/terminal.ts';
import { type TrainingRequest, type TrainingResult, trainModels } from '#jobs/train/train_all.ts';
import { startWorkers } from '#jobs/workers.ts';
import { UserError } from '#lib/errors.ts';
import { modelNames } from '#models/catalogue.ts';
import { wholeNumber } from './parse.ts';
import { judgeShuffled, leakText, printShuffled } from './shuffle_table.ts';
import {
  documentOf,
  printTraining,
  type TrainingOptions,
  throwFailures,
  trainingRequest,
  withTrainingOptions,
} from './training_options.ts';

interface Options extends TrainingOptions {
  shuffles?: number;
}

export function trainCommand(): Command {
  const command = new Command('train')
    .description('train and validate models on the newest bars that the symbols have in common')
    .argument('[models...]', `any of ${modelNames.join(', ')} (default: all)`)
    .option(
      '--shuffles <n>',
      'shuffle the labels this many times, with seeds from --seed on; exit with 1 if skill is found too often',
      wholeNumber(1),
    );
  return withTrainingOptions(command).action(async (models: string[], options: Options) => {
    const result = await withServices({}, async (context) => {
      const workers = await startWorkers(context.worker, ['train']);
      const bar = progress('train', 100);
      try {
        const request = { ...trainingRequest(models, options, context.config), ...drawsOf(options) };
        return await trainModels(context.worker, request, (what, done, total) => bar.update(done, total, what));
      } finally {
        bar.end();
        await workers.close();
      }
    });
    if (options.shuffles === undefined) printTraining(result, options.json);
    else printDraws(result, options.json);
  });
}

function drawsOf({ shuffles }: Options): Partial<TrainingRequest> {
  return shuffles === undefined ? {} : { shuffled: true, draws: shuffles };
}

/** @throws UserError when a draw failed, or skill was found more often than by chance */
function printDraws(result: TrainingResult, json = false): void {
  const shuffled = judgeShuffled(result.runs);
  if (json) printJson({ ...documentOf(result), shuffled });
  else printShuffled(shuffled);
  throwFailures(result);
  const leaking = shuffled.filter(({ leaks }) => leaks);
  if (leaking.length > 0)
    throw new UserError(leakText(leaking), 'Look for features that know what comes: ./tickforest check leak.');
}
