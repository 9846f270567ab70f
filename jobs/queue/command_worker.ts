import { DelayedError, type Job, type Queue, Worker } from 'bullmq';
import type { QueueAddress } from './queues.ts';

/** A command's jobs are `<command>-<number>`. Those of the running service have ids that BullMQ gives. */
const commandId = /^(command-[0-9a-f]{8})-\d+$/;

let added = 0;

/** The name under which one run of a command adds jobs and works them off. */
export function newCommand(): string {
  return `command-${crypto.randomUUID().slice(0, 8)}`;
}

/** What a job is added with, so that it can be told whose it is. */
export function ownId({ command }: QueueAddress): { jobId?: string } {
  return command === undefined ? {} : { jobId: `${command}-${++added}` };
}

/** The command that has added a job; undefined where that was the service. */
export function commandOf(jobId: string | undefined): string | undefined {
  return commandId.exec(jobId ?? '')?.[1];
}

/** Who works on a queue: each connection of a worker carries the name of its command, or none where it is a service's. */
export async function workersOf(queue: Queue<unknown, unknown>): Promise<(string | undefined)[]> {
  return (await queue.getWorkers()).map(({ rawname }) => rawname?.split(':w:').at(1));
}

/** Until a job of somebody else is offered again, perhaps to its own worker. Live minutes must not wait long. */
const passOnMs = (queue: string) => (queue === 'close' ? 2_000 : 10_000);

/**
 * A worker that takes only the jobs of the command whose name it has; without a name, all. BullMQ gives a worker whatever
 * waits in its queue, so a job of somebody else is put back, unharmed.
 */
export class CommandWorker<Data, Result> extends Worker<Data, Result> {
  protected override async callProcessJob(
    job: Job<Data, Result>,
    token: string,
    signal?: AbortSignal,
  ): Promise<Result> {
    if (this.opts.name !== undefined && commandOf(job.id) !== this.opts.name) {
      await job.moveToDelayed(Date.now() + passOnMs(this.name), token);
      throw new DelayedError();
    }
    return super.callProcessJob(job, token, signal);
  }
}
