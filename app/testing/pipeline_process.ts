import { type PipelineOptions, pipeline } from './pipeline.ts';

// The pipeline as a process of its own, which a test can kill. Says when the first ticks came, and the account at the end.
const options = JSON.parse(process.argv[2]) as PipelineOptions;
let ticks = 0;
const account = await pipeline({
  ...options,
  onSubscribed: () => process.send?.('subscribed'),
  onEvent: (event) => {
    if (event.type === 'tick' && ++ticks === 1) process.send?.('ticks');
  },
});
process.send?.({ account });
process.disconnect?.();
