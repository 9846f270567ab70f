import { defineConfig } from 'vitest/config';
import { LongestFirst } from './app/testing/longest_first.ts';

export default defineConfig({
  test: {
    include: ['{sql,lib,ingest,features,models,jobs,app,docker}/**/*.test.ts'],
    globalSetup: ['app/testing/services.ts'],
    // Only for what hangs: how long a test takes on a busy machine says nothing about the code.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    // Twice as many as two cores have: much of the time a test waits for a market, a server or a process.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
  },
});
