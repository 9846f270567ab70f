import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Command } from 'commander';
import { settings, withServices } from '#app/context.ts';
import { printJson, say } from '#app/terminal.ts';
import { UserError } from '#lib/errors.ts';
import type { QuestDbAddress } from '#lib/questdb/database.ts';
import { addresses, runningServices } from '#lib/services/services.ts';
import { stopSignal } from './stop_signal.ts';

/** Where the console answers, and what it asks for. Only `console` and `doctor` may say it. */
export function consoleOf({ host, httpPort, tls, user, password }: QuestDbAddress): Console {
  return { url: `${tls ? 'https' : 'http'}://${host}:${httpPort}`, user, password };
}

export interface Console {
  url: string;
  user: string;
  password: string;
}

interface Options {
  open?: boolean;
  json?: boolean;
}

export function consoleCommand(): Command {
  return new Command('console')
    .description(
      "say where QuestDB's console answers, with its user and password; start the servers where none run, until Ctrl-C",
    )
    .option('--open', 'open it in the browser too')
    .option(
      '--json',
      'print one JSON document, an array; where it has started the servers, it stays until Ctrl-C all the same',
    )
    .addHelpText(
      'after',
      '\nServers that run already are left as they are: the command prints their addresses and ends.',
    )
    .action(async (options: Options) => {
      const consoles = running();
      if (consoles.length > 0) await tell(consoles, options);
      else await keepServers(options);
    });
}

async function tell(consoles: Console[], { open, json }: Options): Promise<void> {
  if (json) printJson(consoles);
  else
    for (const { url, user, password } of consoles)
      process.stdout.write(`${url}  user ${user}  password ${password}\n`);
  if (open) await openInBrowser(consoles[0].url);
}

/** Servers on the data of this data directory, which stop with this command unless another one has come to use them. */
async function keepServers(options: Options): Promise<void> {
  const { signal, release } = stopSignal();
  const stopped = once(signal, 'abort');
  try {
    await withServices({ ownSignals: true }, async ({ services }) => {
      if (signal.aborted) return;
      await tell([consoleOf(services.questdb)], options);
      say('Press Ctrl-C to stop the servers.', options.json ?? false);
      await stopped;
    });
  } finally {
    release();
  }
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
