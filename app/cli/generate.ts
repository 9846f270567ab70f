import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { configurationPage } from '#app/docs/config_page.ts';
import { featuresPage } from '#app/docs/features_page.ts';
import { say } from '#app/terminal.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export function generateCommand(): Command {
  return new Command('generate')
    .description('write the generated pages and dashboards; run it after a change of what they show')
    .action(() => {
      writeFileSync(join(root, 'docs', 'features.md'), featuresPage());
      writeFileSync(join(root, 'docs', 'configuration.md'), configurationPage());
      // Dashboards stand beside the pipeline and know only its statements, so they are written by a program of their own.
      execFileSync(process.execPath, [join(root, 'docker', 'grafana', 'generate.ts')], { stdio: 'inherit' });
      say('Wrote docs/features.md, docs/configuration.md and the dashboards of docker/grafana.', false);
    });
}
