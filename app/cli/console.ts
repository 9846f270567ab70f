import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Command } from 'commander';
import { settings } from '#app/context.ts';
import { printJson } from '#app/terminal.ts';
import { UserError } from '#lib/errors.ts';
import type { QuestDbAddress } from '#lib/questdb/database.ts';
import { addresses, runningServices } from '#lib/services/services.ts';

/** Where the console answers, and what it asks for. Only `console` and `doctor` may say it. */
export function consoleOf({ host, httpPort, tls, user, password }: QuestDbAddress): Console {
  return { url: `${tls ? 'https' : 'http'}://${host}:${httpPort}`, user, password };
}

export interface Console {
  url: string;
  user: string;
  password: string;
}

export function consoleCommand(): Command {
  return new Command('console')
    .description("say where QuestDB's console answers, and its user and password; starts no server")
    .option('--open', 'open it in the browser too')
    .option('--json', 'print one JSON document, an array')
    .action(async ({ open, json }: { open?: boolean; json?: boolean }) => {
      const consoles = running();
      if (consoles.length === 0) throw new UserError('QuestDB is not running.', 'Start the pipeline: ./tickforest up.');
      if (json) printJson(consoles);
      else
        for (const { url, user, password } of consoles)
          process.stdout.write(`${url}  user ${user}  password ${password}\n`);
      if (open) await openInBrowser(consoles[0].url);
    });
}

/** Yours; or the embedded one of this checkout, and those that `demo --keep` has left running. */
function running(): Console[] {
  const { config } = settings();
  if (config.questdb.host !== undefined) return [consoleOf(addresses(config, {}).questdb)];
  return ['', 'demo', 'demo-simulated'].flatMap((name) => {
    const { questdb } = runningServices({ ...config, dataDir: join(config.dataDir, name) });
    return questdb ? [consoleOf(addresses(config, { questdb }).questdb)] : [];
  });
}

async function openInBrowser(url: string): Promise<void> {
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawn(opener, [url], { stdio: 'ignore', detached: true });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) =>
      reject(new UserError(`The browser cannot be opened with ${opener}.`, `Open ${url} yourself.`, { cause })),
    );
  });
  child.unref();
}
