import { Command, Option } from 'commander';
import { withServices } from '#app/context.ts';
import { printTable, progress, short } from '#app/terminal.ts';
import { tuneModels } from '#jobs/train/tune_all.ts';
import { startWorkers } from '#jobs/workers.ts';
import { modelNames } from '#models/catalogue.ts';
import { tunableEngines } from '#models/tuning/space.ts';
import { wholeNumber } from './parse.ts';
import { printTraining, type TrainingOptions, trainingRequest, withTrainingOptions } from './training_options.ts';

interface Options extends TrainingOptions {
  engine: string;
  trials: number;
}

export function tuneCommand(): Command {
  const command = new Command('tune')
    .description('search for parameters inside the training parts, then train with the usual and the found parameters')
    .argument('[models...]', `any of ${modelNames.join(', ')} (default: all)`)
    .addOption(
      new Option('--engine <name>', 'engine whose parameters are searched')
        .choices(tunableEngines)
        .default(tunableEngines[0]),
    )
    .option('--trials <n>', 'number of configurations to try on each training part', wholeNumber(2), 12)
    .addHelpText('after', help);
  return withTrainingOptions(command).action(async (models: string[], options: Options) => {
    const { engine, trials } = options;
    const result = await withServices({}, async (context) => {
      const workers = await startWorkers(context.worker, ['train', 'tune']);
      const bar = progress('tune', 100);
      try {
        const request = { ...trainingRequest(models, options, context.config), engine, trials };
        return await tuneModels(context.worker, request, (what, done, total) => bar.update(done, total, what));
      } finally {
        bar.end();
        await workers.close();
      }
    });
    printTraining(result, options.json);
    if (options.json) return;
    printTable(
      ['model', 'candidate', 'loss', 'skill', 'p', 'parameters for the whole window'],
      result.runs.flatMap((run) =>
        run.candidates.map((each) => [
          ...[run.model, each.name, short(each.loss), short(each.skill), short(each.p_value)],
          Object.entries(each.parameters)
            .map(([name, value]) => `${name} ${value}`)
            .join(', '),
        ]),
      ),
    );
  });
}

const help = `
The search runs separately for each training part of the walk-forward and for the whole window, on folds inside it. So no test
row influences the parameters that are tested on it. Each trial is a job that a running service shares, and a row of the table
model_trials. An interrupted search continues where it stopped, and a search with more trials continues one with fewer. p is
corrected for the number of candidates.`;
