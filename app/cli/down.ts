import { join } from 'node:path';
import { Command } from 'commander';
import { settings } from '#app/context.ts';
import { supervisorOf } from '#app/live/supervision.ts';
import { printJson } from '#app/terminal.ts';
import { stopProcess } from '#lib/services/process.ts';
import { stopServices } from '#lib/services/services.ts';

export function downCommand(): Command {
  return new Command('down')
    .description(
      "stop a detached up and this checkout's embedded servers, including those that demo --keep left running",
    )
    .option('--json', 'print one JSON document')
    .action(async ({ json }: { json?: boolean }) => {
      const { config, log } = settings();
      const stopped: string[] = [];
      const supervisor = supervisorOf(config);
      if (supervisor) {
        await stopProcess(supervisor.pid, 'up', 30_000);
        stopped.push('up');
      }
      for (const dataDir of [config.dataDir, join(config.dataDir, 'demo'), join(config.dataDir, 'demo-simulated')])
        stopped.push(...(await stopServices({ ...config, dataDir }, log)));
      if (json) printJson({ stopped });
      else process.stdout.write(stopped.length === 0 ? 'Nothing was running.\n' : `Stopped ${stopped.join(', ')}.\n`);
    });
}
