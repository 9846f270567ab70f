import { UserError } from '#lib/errors.ts';
import type { Frame } from '#lib/frame.ts';
import type { BarContext, Baseline, FittedBaseline, SavedBaseline } from './baseline.ts';
import type { ModelDefinition } from './definition.ts';

/** A model's baseline and the forecasts beside it, each fitted, by the name that the model's definition has for it. */
export type FittedBaselines = Readonly<Record<string, FittedBaseline>>;
export type SavedBaselines = Readonly<Record<string, SavedBaseline>>;

export function fitBaselines(definition: ModelDefinition, train: Frame, context: BarContext): FittedBaselines {
  const all = [definition.baseline, ...besidesOf(definition, train)];
  return Object.fromEntries(all.map((each) => [each.name, each.fit(train, context)]));
}

/** What was fitted, without what predicts. */
export function saveBaselines(fitted: FittedBaselines): SavedBaselines {
  return Object.fromEntries(Object.entries(fitted).map(([key, { name, parameters }]) => [key, { name, parameters }]));
}

/** @throws UserError where the model is compared with other forecasts than those that were saved */
export function loadBaselines(definition: ModelDefinition, saved: SavedBaselines): FittedBaselines {
  const optional = (each: Baseline) => each.needs !== undefined && !Object.hasOwn(saved, each.name);
  const all = [definition.baseline, ...definition.besides.filter((each) => !optional(each))];
  return Object.fromEntries(
    all.map((each) => {
      if (!Object.hasOwn(saved, each.name))
        throw new UserError(
          `The artifact of ${definition.name} lacks the baseline ${each.name}.`,
          `Train it again: ./tickforest train ${definition.name}.`,
        );
      return [each.name, each.load(saved[each.name])];
    }),
  );
}

/** The forecasts beside the baseline that can be fitted on this frame. */
export function besidesOf({ besides }: Pick<ModelDefinition, 'besides'>, frame: Frame): Baseline[] {
  return besides.filter(({ needs = [] }) => needs.every((name) => frame.columns.has(name)));
}
