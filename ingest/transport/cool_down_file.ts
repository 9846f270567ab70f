import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { reasonOf, UserError } from '#lib/errors.ts';

/** By the host that has suspended us: until when (milliseconds since 1970), and how it said so. */
const schema = z.record(z.string(), z.strictObject({ until: z.number(), cause: z.string() }));

/**
 * Suspensions by exchanges, kept in a file of the data directory: they are of the address and not of the process, so that a
 * command started within one must not ask. Each host has its own.
 */
export class CoolDownFile {
  readonly #path: string;
  readonly #host: string;

  /** @param url of the REST API */
  constructor(path: string, url: string) {
    this.#path = path;
    this.#host = new URL(url).host;
  }

  /** The suspension that lasts, if any. @throws UserError when the file cannot be read */
  read(): { leftMs: number; cause: string } | undefined {
    const entry = entriesOf(this.#path)[this.#host];
    const leftMs = entry === undefined ? 0 : entry.until - Date.now();
    return leftMs > 0 ? { leftMs, cause: entry.cause } : undefined;
  }

  /** @throws UserError when the file cannot be written */
  write(leftMs: number, cause: string): void {
    const now = Date.now();
    try {
      const lasting = Object.entries(entriesOf(this.#path)).filter(([, { until }]) => until > now);
      const entries = { ...Object.fromEntries(lasting), [this.#host]: { until: Math.ceil(now + leftMs), cause } };
      mkdirSync(dirname(this.#path), { recursive: true });
      // Renamed into its place, so that nobody reads a half of it.
      const written = `${this.#path}.${process.pid}`;
      writeFileSync(written, `${JSON.stringify(entries)}\n`);
      renameSync(written, this.#path);
    } catch (error) {
      throw new UserError(
        `${cause}, and ${this.#path} cannot be written to remember it: ${reasonOf(error)}.`,
        `Start nothing that uses the exchange for ${Math.ceil(leftMs / 1_000)} s, and mend the directory.`,
        { cause: error },
      );
    }
  }
}

/** Until when which hosts have suspended us (milliseconds since 1970), and how they said so. @throws UserError like `read` */
export function lastingSuspensions(path: string): { host: string; until: number; cause: string }[] {
  return Object.entries(entriesOf(path))
    .filter(([, { until }]) => until > Date.now())
    .map(([host, entry]) => ({ host, ...entry }));
}

function entriesOf(path: string): z.infer<typeof schema> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw unreadable(path, error);
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): UserError {
  return new UserError(
    `${path}, which remembers suspensions by the exchange, cannot be read.`,
    'Remove it; if the exchange suspended this address, wait until that is over.',
    { cause },
  );
}
