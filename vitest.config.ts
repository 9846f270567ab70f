import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{ingest,jobs,lib,models,sql,docker}/**/*.test.ts'],
    globalSetup: ['lib/testing/services.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
