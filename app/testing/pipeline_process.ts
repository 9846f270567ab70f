import { type Account, type PipelineOptions, pipeline } from './pipeline.ts';

export type PipelineMessage = { subscribed: true } | { ticks: number } | { account: Account };

// The pipeline as a process of its own, which a test can kill. Says how many ticks have come, and the account at the end.
const say = (message: PipelineMessage) => process.send?.(message);
const options = JSON.parse(process.argv[2]) as PipelineOptions;
let ticks = 0;
const account = await pipeline({
  ...options,
  onSubscribed: () => say({ subscribed: true }),
  onEvent: (event) => {
    if (event.type === 'tick') say({ ticks: ++ticks });
  },
});
say({ account });
process.disconnect?.();
