import { Command } from 'commander';
import { withServices } from '#app/context.ts';
import { progress } from '#app/terminal.ts';
import { trainModels } from '#jobs/train/train_all.ts';
import { startWorkers } from '#jobs/workers.ts';
import { modelNames } from '#models/catalogue.ts';
import { printTraining, type TrainingOptions, trainingRequest, withTrainingOptions } from './training_options.ts';

export function trainCommand(): Command {
  const command = new Command('train')
    .description('train and validate models on the newest bars that the symbols have in common')
    .argument('[models...]', `any of ${modelNames.join(', ')} (default: all)`);
  return withTrainingOptions(command).action(async (models: string[], options: TrainingOptions) => {
    const result = await withServices({}, async (context) => {
      const workers = await startWorkers(context.worker, ['train']);
      const bar = progress('train', 100);
      try {
        const request = trainingRequest(models, options, context.config);
        return await trainModels(context.worker, request, (what, done, total) => bar.update(done, total, what));
      } finally {
        bar.end();
        await workers.close();
      }
    });
    printTraining(result, options.json);
  });
}
