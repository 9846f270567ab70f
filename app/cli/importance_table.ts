import type { FeatureImportance, ModelImportance } from '#app/report/importance.ts';
import { printTable, say, short } from '#app/terminal.ts';

/** Features shown of either end. */
const shown = 10;

const head = ['gain', 'skill lost', '±', 'finding'];

/** What each model rests on: its families, its most and least important features, and then what can be dropped. */
export function printImportance(models: readonly ModelImportance[]): void {
  const measured = models.filter(({ features }) => features.length > 0);
  for (const { model, run_id } of models.filter(({ features }) => features.length === 0))
    say(
      `${model}, run ${run_id}: importance was not measured for this run; ./tickforest train ${model} measures it.`,
      false,
    );
  if (measured.length === 0) return;
  say(
    'Skill lost out of fold when a feature, or all features of a family, are shuffled. ± is the deviation over the',
    false,
  );
  say('folds. Features with the same information hide each other, but not in the row of their family.', false);
  for (const each of measured) printModel(each);
  const idle = idleInAll(measured);
  const [where, all] = [measured.length === 1 ? measured[0].model : 'any of these models', measured[0].features.length];
  say(`\n${idle.length} of ${all} features carry no measurable skill in ${where}:\n${idle.join(', ') || '–'}`, false);
}

function printModel({ model, horizon, run_id, families, features }: ModelImportance): void {
  say(`\n${model}, ${horizon} bars ahead, run ${run_id}`, false);
  printTable(
    ['family', 'features', ...head],
    families.map((each) => [each.name, each.features, ...figures(each)]),
  );
  const rows = features.map((each) => [each.name, each.family ?? '–', ...figures(each)]);
  printTable(['most important', 'family', ...head], rows.slice(0, shown));
  printTable(['least important', 'family', ...head], rows.slice(shown).slice(-shown));
}

/** Features that carry nothing in any of the models, which share their inputs; in the order of the first. */
function idleInAll(models: readonly ModelImportance[]): string[] {
  const used = new Set(
    models.flatMap(({ features }) => features.filter((each) => !each.carries_nothing).map(({ name }) => name)),
  );
  return models[0].features.map(({ name }) => name).filter((name) => !used.has(name));
}

function figures(each: FeatureImportance): string[] {
  return [short(each.gain), short(each.permutation), short(each.permutation_deviation), findingOf(each)];
}

function findingOf({ gain, permutation, permutation_deviation, carries_nothing }: FeatureImportance): string {
  if (gain === 0 && permutation === 0 && permutation_deviation === 0) return 'not used';
  return carries_nothing ? 'carries nothing' : '';
}
