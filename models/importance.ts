import type { PermutationImportance, SkillLost } from './validation/permutation.ts';

/** What a model rests on, as kept in importance.json. */
export interface Importance {
  /** Share of each feature in the decisions of the model that was fitted on the whole window. */
  gain: Record<string, number>;
  /** Skill out of fold that the winner loses when the feature is shuffled. */
  permutation: Record<string, SkillLost>;
  /** The same of families whose features are shuffled together; gain is the sum of theirs. */
  families: Record<string, FamilyImportance>;
}

export interface FamilyImportance {
  features: string[];
  gain: number;
  permutation: SkillLost;
}

/** @param shares gain of each feature, in their order */
export function importanceOf(
  features: string[],
  families: ReadonlyMap<string, string>,
  shares: Float64Array,
  lost: PermutationImportance,
): Importance {
  const gain = Object.fromEntries(features.map((name, i) => [name, shares[i]]));
  const ofFamily = ([family, permutation]: [string, SkillLost]): [string, FamilyImportance] => {
    const members = features.filter((name) => families.get(name) === family);
    return [family, { features: members, gain: members.reduce((sum, name) => sum + gain[name], 0), permutation }];
  };
  return {
    gain,
    permutation: lost.features,
    families: Object.fromEntries(Object.entries(lost.families).map(ofFamily)),
  };
}

/**
 * Whether a feature is not seen to carry anything: the skill that is lost without it is not above its deviation over the
 * folds. Of five folds a mean above that has t > 2.2, which chance alone reaches with one feature in twenty.
 */
export function carriesNothing({ mean, deviation }: SkillLost): boolean {
  return mean <= deviation;
}
