import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FromExchange } from './load_exchange.ts';
import type { Load } from './load_market.ts';

const script = (name: string) => fileURLToPath(new URL(`./${name}.ts`, import.meta.url));

/** An exchange under load, in a process of its own. */
export interface LoadedExchange {
  restUrl: string;
  wsUrl: string;
  play(): void;
  /** Frames sent, once all are. */
  sent(): Promise<number>;
  end(): void;
}

export async function startLoad(load: Load): Promise<LoadedExchange> {
  const process = child('load_exchange', load);
  const [addresses] = (await once(process, 'message')) as [Extract<FromExchange, { restUrl: string }>];
  return {
    ...addresses,
    play: () => process.send('play'),
    sent: async () => {
      const [{ sent }] = (await once(process, 'message')) as [Extract<FromExchange, { sent: number }>];
      return sent;
    },
    // It may have been cut off with us.
    end: () => process.connected && process.disconnect(),
  };
}

/** A script of this folder as a process. */
export function child(name: string, argument: unknown): ChildProcess {
  return spawn(process.execPath, [script(name), JSON.stringify(argument)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}
