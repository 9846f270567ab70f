import { readFileSync } from 'node:fs';

/** The version of this code, which a run records. */
export const codeVersion = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
