import { randomUUID } from 'node:crypto';
import { BroadcastChannel } from 'node:worker_threads';
import type { Worker } from 'bullmq';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { Frame } from '#lib/frame.ts';
import { loadFrame } from './kept_frame.ts';

interface Question {
  ask: string;
  path: string;
}

type Answer = { answer: string } & ({ frame: Frame } | { error: string; transient: boolean });

/**
 * Reads frames for the threads of this process: jobs that train on the same frame share its memory, for a copy in each
 * thread is most of what a training needs. A frame is let go of when no job is at work.
 */
export class FrameServer {
  /** The name of the channel on which threads ask. */
  readonly name = `frames-${randomUUID()}`;
  #channel: BroadcastChannel | undefined;
  readonly #workers = new Set<Worker>();
  #atWork = 0;
  #held: { path: string; frame: Promise<Frame> } | undefined;

  /** Serves the jobs of a worker, and ends with the last of the workers. */
  follow(worker: Worker): void {
    this.#channel ??= this.#listen();
    this.#workers.add(worker);
    const ended = () => {
      this.#atWork--;
      if (this.#atWork === 0) this.#held = undefined;
    };
    worker.on('active', () => this.#atWork++);
    worker.on('completed', ended);
    worker.on('failed', ended);
    worker.on('closed', () => {
      this.#workers.delete(worker);
      if (this.#workers.size === 0) this.#channel?.close();
    });
  }

  #listen(): BroadcastChannel {
    const channel = new BroadcastChannel(this.name);
    channel.onmessage = ({ data }) => void this.#answer(data as Question | Answer, channel);
    channel.unref();
    return channel;
  }

  async #answer(question: Question | Answer, channel: BroadcastChannel): Promise<void> {
    if (!('ask' in question)) return;
    const { ask: answer, path } = question;
    if (this.#held?.path !== path) this.#held = { path, frame: loadFrame(path, true) };
    const { frame } = this.#held;
    try {
      channel.postMessage({ answer, frame: await frame } satisfies Answer);
    } catch (error) {
      if (this.#held?.frame === frame) this.#held = undefined;
      const transient = !(error instanceof UserError) || error.transient;
      channel.postMessage({ answer, error: reasonOf(error), transient } satisfies Answer);
    }
  }
}

/**
 * Asks the process that a thread belongs to for a frame; its arrays are shared with other threads.
 * @param channel the name of its FrameServer
 */
export function askForFrame(channel: string, path: string): Promise<Frame> {
  const asking = new BroadcastChannel(channel);
  const ask = randomUUID();
  return new Promise<Frame>((resolve, reject) => {
    asking.onmessage = ({ data }) => {
      const reply = data as Question | Answer;
      if (!('answer' in reply) || reply.answer !== ask) return;
      if ('frame' in reply) resolve(reply.frame);
      else reject(new UserError(reply.error, undefined, { transient: reply.transient }));
    };
    asking.postMessage({ ask, path } satisfies Question);
  }).finally(() => asking.close());
}
