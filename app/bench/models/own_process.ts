import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Task } from '#models/task.ts';
import type { BenchSettings } from './settings.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('./fit_process.ts', import.meta.url));

/** One fit of our forest in a fresh process. */
export interface FitRequest {
  file: string;
  features: string[];
  target: string;
  task: Task;
  settings: BenchSettings;
  workers: number;
  /** How many of the file's rows; more than there are: the same again. */
  rows: number;
}

export interface FitSaid {
  /** Of the fit alone, from columns in memory to the forest. */
  seconds: number;
  /** Processor time of all its threads. */
  cpuSeconds: number;
  /** Peak of the whole process, with its data. */
  rssMib: number;
  nodes: number;
}

export async function fitInOwnProcess(request: FitRequest): Promise<FitSaid> {
  const { stdout } = await run(process.execPath, [script, JSON.stringify(request)]);
  return JSON.parse(stdout) as FitSaid;
}
