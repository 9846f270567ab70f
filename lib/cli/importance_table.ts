import type { FeatureImportance, ModelImportance } from '#lib/importance_report.ts';
import { printTable, say, short } from './output.ts';

/** Features shown of either end. */
const shown = 10;

const head = ['gain', 'skill lost', '±', 'finding'];

/** What each model rests on: its families, its most and least important features, and what can be dropped. */
export function printImportance(models: readonly ModelImportance[]): void {
  for (const { model, run_id, families, features } of models) {
    if (features.length === 0) {
      say(
        `${model}, run ${run_id}: trained before this was measured. Train it again to see what it rests on.\n`,
        false,
      );
      continue;
    }
    say(`${model}, run ${run_id}: skill lost on rows not seen when a column is shuffled, ± over the folds`, false);
    printTable(
      ['family', 'features', ...head],
      families.map((each) => [each.name, each.features, ...figures(each)]),
    );
    const rows = features.map((each) => [each.name, each.family ?? '–', ...figures(each)]);
    printTable(['most important', 'family', ...head], rows.slice(0, shown));
    printTable(['least important', 'family', ...head], rows.slice(shown).slice(-shown));
    const idle = features.filter((each) => each.carries_nothing).map(({ name }) => name);
    say(
      `${idle.length} of ${features.length} features are not seen to carry anything: ${idle.join(', ') || '–'}\n`,
      false,
    );
  }
}

function figures(each: FeatureImportance): string[] {
  const finding = each.carries_nothing ? 'carries nothing' : '';
  return [short(each.gain), short(each.permutation), short(each.permutation_deviation), finding];
}
