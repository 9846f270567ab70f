import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{sql,lib,ingest,features,models,jobs,app,docker}/**/*.test.ts'],
    globalSetup: ['app/testing/services.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
