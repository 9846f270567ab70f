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
    .description(
      'search for parameters within the training parts alone, then train with what was found beside the usual',
    )
    .argument('[models...]', `any of ${modelNames.join(', ')}; all five when none is named`)
    .addOption(new Option('--engine <name>', 'whose parameters').choices(tunableEngines).default(tunableEngines[0]))
    .option('--trials <n>', 'configurations tried on each training part', wholeNumber(2), 12)
    .addHelpText('after', help);
  return withTrainingOptions(command).action(async (models: string[], options: Options) => {
    const { engine, trials } = options;
    const result = await withServices({}, async (context) => {
      const workers = await startWorkers(context.worker, ['train', 'tune']);
      const bar = progress('tune', 100);
      try {
        const request = { ...trainingRequest(models, options, context.config), engine, trials };
        const { db, queues, config } = context;
        return await tuneModels({ db, queues, dataDir: config.dataDir }, request, (what, done, total) =>
          bar.update(done, total, what),
        );
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
Each training part of the walk-forward, and the whole window, is searched on its own, on folds within it: no test row has a say
in what is chosen for it. The trials are jobs that any worker takes, and rows of the table model_trials; a search that was
cut off goes on where it was, and one with more trials goes on from one with fewer. p is corrected for the number of
candidates.`;
