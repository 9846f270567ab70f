import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runCli, sharedServers } from '#app/testing/cli.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tickforest-doctor-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const doctor = (env: NodeJS.ProcessEnv = {}) =>
  runCli(['doctor'], { ...sharedServers({ questdb: inject('questdb'), redis: inject('redis') }, directory), ...env });

describe('./tickforest doctor, with servers of your own', () => {
  it('is content where they answer', async () => {
    const { code, stdout } = await doctor();
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/QuestDB │ yours at 127\.0\.0\.1 +│ ok .*\n.*Redis +│ .* │ ok /),
    ]);
  });

  it.each([
    [
      { TICKFOREST_QUESTDB_PG_PORT: '1' },
      /did not answer \(.*\)\. Is it running\? Check questdb\.host and questdb\.pgPort/,
    ],
    [{ TICKFOREST_QUESTDB_HTTP_PORT: '1' }, /http:\/\/127\.0\.0\.1:1 does not answer .* Check questdb\.httpPort\./],
    [{ TICKFOREST_QUESTDB_PASSWORD: 'wrong' }, /does not let the user \S+ in\. Check .*TICKFOREST_QUESTDB_PASSWORD/],
    [{ TICKFOREST_REDIS_PORT: '1' }, /an answer \(connect ECONNREFUSED 127\.0\.0\.1:1\)/],
  ])('%j: says what does not answer, and ends with 1', async (env, reason) => {
    const { code, stdout, stderr } = await doctor(env);
    expect([code, stdout]).toEqual([1, expect.stringMatching(reason)]);
    expect(stderr).toMatch(/^tickforest: Not ready: (QuestDB|Redis)\. Install or mend what the table lists\.\n$/);
  });
});
