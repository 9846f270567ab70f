import { UserError } from '#lib/errors.ts';
import type { Frame } from '#lib/frame.ts';
import type { BarContext, Baseline, FittedBaseline, SavedBaseline } from './baseline.ts';
import type { ModelDefinition } from './definition.ts';

/** A model's baseline and the forecasts beside it, each fitted, by the name that the model's definition has for it. */
export type FittedBaselines = Readonly<Record<string, FittedBaseline>>;
export type SavedBaselines = Readonly<Record<string, SavedBaseline>>;

export function fitBaselines(definition: ModelDefinition, train: Frame, context: BarContext): FittedBaselines {
  return Object.fromEntries(baselinesOf(definition).map((each) => [each.name, each.fit(train, context)]));
}

/** What was fitted, without what predicts. */
export function saveBaselines(fitted: FittedBaselines): SavedBaselines {
  return Object.fromEntries(Object.entries(fitted).map(([key, { name, parameters }]) => [key, { name, parameters }]));
}

/** @throws UserError where the model is compared with other forecasts than those that were saved */
export function loadBaselines(definition: ModelDefinition, saved: SavedBaselines): FittedBaselines {
  return Object.fromEntries(
    baselinesOf(definition).map((each) => {
      if (!Object.hasOwn(saved, each.name))
        throw new UserError(
          `The artifact of ${definition.name} lacks the baseline ${each.name}.`,
          `Train it again: ./tickforest train ${definition.name}.`,
        );
      return [each.name, each.load(saved[each.name])];
    }),
  );
}

function baselinesOf({ baseline, besides }: ModelDefinition): Baseline[] {
  return [baseline, ...besides];
}
