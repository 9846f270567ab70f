import { setTimeout as sleep } from 'node:timers/promises';
import type { Pipeline } from './pipeline.ts';
import type { MarketProxy } from './proxy.ts';
import type { Watch } from './watch.ts';

/** What a fault is planted under: a pipeline that runs, the way from the exchange to it, and what `status` says. */
export interface Rig {
  pipeline: Pipeline;
  proxy: MarketProxy;
  watch: Watch;
}

export interface Fault {
  /** In kebab-case. */
  name: string;
  /** What happens, in a phrase. */
  does: string;
  /** Event times are off by so many seconds meanwhile. */
  shiftSeconds?: number;
  /** Needs a pipeline of its own on a file system of this size. */
  diskMib?: number;
  /** It is none: `status` must name no problem. */
  quiet?: true;
  /** Begins with the call, ends with the promise. */
  plant(rig: Rig): Promise<void>;
}

export function seconds(count: number): Promise<void> {
  return sleep(count * 1_000);
}
