import type { Config } from '#lib/config.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import { lanes } from './catalogue.ts';
import type { Fault } from './fault.ts';
import { runLane } from './lane.ts';
import { failed, type Outcome, skipped } from './outcome.ts';
import { mountTrouble } from './pipeline.ts';

/** Pipelines at one time: most of a fault is waiting. */
const atOnce = 2;

/**
 * Plants the faults of these names, or all, and says what each has done, in the order of the list.
 * @throws UserError where servers are configured that are not the benchmark's own
 */
export async function benchFaults(
  config: Config,
  names: readonly string[] | undefined,
  onProgress: (what: string) => void,
): Promise<Outcome[]> {
  if (config.questdb.host !== undefined || config.redis.host !== undefined)
    throw new UserError(
      'bench faults kills servers, so it does not run on servers of yours.',
      'Unset the hosts of QuestDB and Redis for it: it then starts its own.',
    );
  const wanted = ({ name }: Fault) => !names || names.includes(name);
  const waiting = lanes.map((lane) => lane.filter(wanted)).filter((lane) => lane.length > 0);
  const order = waiting.flat().map(({ name }) => name);
  const outcomes: Outcome[] = [];
  const work = async () => {
    for (let lane = waiting.shift(); lane; lane = waiting.shift()) {
      const trouble = lane[0].diskMib === undefined ? undefined : mountTrouble();
      if (trouble) {
        outcomes.push(...lane.map((fault) => skipped(fault, trouble)));
        continue;
      }
      try {
        const { outcomes: found, left } = await runLane(lane, onProgress);
        outcomes.push(...found);
        for (const { name, violations } of found)
          if (violations.length > 0) onProgress(`${name}: ${violations.join('; ')}`);
        if (left.length > 0) waiting.unshift([...left]);
      } catch (error) {
        // The other pipelines have nothing to do with it.
        onProgress(`given up: ${reasonOf(error)}`);
        outcomes.push(...lane.map((fault) => failed(fault, reasonOf(error))));
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return outcomes.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}
