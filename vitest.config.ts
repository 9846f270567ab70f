import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{sql,lib,ingest,features,models,jobs,app,docker}/**/*.test.ts'],
    globalSetup: ['app/testing/services.ts'],
    // Only for what hangs: how long a test takes on a busy machine says nothing about the code.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    maxWorkers: 2,
  },
});
