import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { reasonOf, UserError } from '#lib/errors.ts';

const login = z.strictObject({ user: z.string().min(1), password: z.string().min(1) });
const schema = z.strictObject({ questdb: login, redis: z.strictObject({ password: z.string().min(1) }) });

/** What the embedded servers of a data directory ask their clients for. */
export type Credentials = z.infer<typeof schema>;

/** 24 random bytes, in letters that need no escape in an address, a configuration file or a shell. */
const random = () => randomBytes(24).toString('base64url');

/**
 * The credentials of a data directory, made when it is used for the first time and the same ever after. The file and the
 * directory can be read by their owner alone. Only for who holds the directory's lock.
 * @throws UserError when the file is not what this wrote
 */
export function credentialsOf(dataDir: string): Credentials {
  mkdirSync(dataDir, { recursive: true });
  chmodSync(dataDir, 0o700);
  const file = join(dataDir, 'credentials.json');
  if (existsSync(file)) {
    try {
      return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
    } catch (cause) {
      throw new UserError(
        `${file} cannot be used: ${reasonOf(cause)}.`,
        'Stop the servers (./tickforest down) and remove it; the next command makes new ones.',
        { cause },
      );
    }
  }
  const made = {
    questdb: { user: `tickforest-${randomBytes(4).toString('hex')}`, password: random() },
    redis: { password: random() },
  };
  writePrivate(file, JSON.stringify(made));
  return made;
}

/** Writes a file that its owner alone can read, whole or not at all. */
export function writePrivate(file: string, text: string): void {
  writeFileSync(`${file}.new`, `${text}\n`, { mode: 0o600 });
  // One that stood there already keeps its mode.
  chmodSync(`${file}.new`, 0o600);
  renameSync(`${file}.new`, file);
}
