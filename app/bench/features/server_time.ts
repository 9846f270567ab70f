import { existsSync, readFileSync } from 'node:fs';
import type { Config } from '#lib/config.ts';
import { runningServices } from '#lib/services/services.ts';

/** Linux counts processor time for other processes in hundredths of a second. */
const ticksPerSecond = 100;

/** What a piece of work took, in seconds; `cpu` of the server, undefined where it cannot be seen. */
export interface Took {
  wall: number;
  cpu: number | undefined;
}

/**
 * Measures work by the wall's clock and by the processor time of the embedded QuestDB, which other programs on the machine
 * disturb far less.
 */
export class ServerTime {
  readonly #stat: string | undefined;

  constructor(config: Config) {
    const pid = runningServices(config).questdb?.pid;
    const stat = `/proc/${pid}/stat`;
    this.#stat = pid !== undefined && existsSync(stat) ? stat : undefined;
  }

  async took(work: () => Promise<unknown>): Promise<Took> {
    const cpuBegan = this.#cpu();
    const began = performance.now();
    await work();
    const wall = (performance.now() - began) / 1_000;
    const cpuEnded = this.#cpu();
    return { wall, cpu: cpuBegan === undefined || cpuEnded === undefined ? undefined : cpuEnded - cpuBegan };
  }

  /** User and system time, fields 14 and 15: the name before them may hold blanks, but ends with the last bracket. */
  #cpu(): number | undefined {
    if (this.#stat === undefined) return undefined;
    const fields = readFileSync(this.#stat, 'utf8').split(') ').at(-1)!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  }
}

/** The run in the middle by wall time. */
export function middle(runs: readonly Took[]): Took {
  return runs.toSorted((a, b) => a.wall - b.wall)[Math.floor(runs.length / 2)];
}

/** For people: `3.21 s, the server's processors 5.40 s`. */
export function inWords({ wall, cpu }: Took): string {
  const seconds = `${wall.toFixed(2)} s`;
  return cpu === undefined ? seconds : `${seconds}, the server's processors ${cpu.toFixed(2)} s`;
}
