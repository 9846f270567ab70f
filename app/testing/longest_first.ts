import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest, the longest first. One of them that began last would have the others wait for it: most of the
 * time such a file waits itself, for a market, a server or a process.
 */
const longest = [
  'app/demo/demo.test.ts',
  'app/live/live.test.ts',
  'app/demo/short_demos.test.ts',
  'app/docs/readme.test.ts',
  'app/bench/models/bench.test.ts',
  'app/testing/ingest_faults.stream.test.ts',
  'app/cli/schedules.test.ts',
  'app/testing/answered_replay.test.ts',
  'models/coarse_ticks.test.ts',
  'app/cli/bench.test.ts',
  'app/live/up.test.ts',
  'app/testing/ingest_faults.process.test.ts',
  'app/testing/ingest_faults.questdb.test.ts',
  'app/bench/faults/lane.test.ts',
  'features/resume.test.ts',
  'ingest/store/writer.test.ts',
  'features/fill.test.ts',
  'jobs/train/killed_worker.test.ts',
  'app/cli/test.test.ts',
  'app/cli/record.test.ts',
  'docker/services.test.ts',
  'lib/services/services.test.ts',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId, project }: TestSpecification) => {
      const at = longest.indexOf(relative(project.config.root, moduleId).replaceAll('\\', '/'));
      return at < 0 ? longest.length : at;
    };
    // A stable sort: what is not named stays in the order of vitest, which is that of the files' lengths.
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
