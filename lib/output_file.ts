import { existsSync, statSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { UserError } from '#lib/errors.ts';
import { type Format, formats } from '#lib/questdb/export.ts';

/** A file to write, and in which format. */
export interface OutputFile {
  path: string;
  format: Format;
}

/**
 * The file that was asked for, before any work is done for it.
 * @param force whether a file that is there may be overwritten
 * @throws UserError for an ending that is no format, a directory that is not there, or a file that is
 */
export function outputFile(name: string, force: boolean): OutputFile {
  const path = resolve(name);
  const ending = extname(path).slice(1).toLowerCase();
  const format = (Object.keys(formats) as Format[]).find((known) => known === ending);
  const known = Object.keys(formats).map((each) => `.${each}`);
  if (!format) throw new UserError(`${name} does not end in ${known.join(' or ')}.`, 'The ending says the format.');
  const directory = dirname(path);
  if (!existsSync(directory) || !statSync(directory).isDirectory())
    throw new UserError(`There is no directory ${dirname(name)}.`, 'Make it, or name another file.');
  if (existsSync(path) && !force) throw new UserError(`${name} exists.`, 'Overwrite it with --force.');
  return { path, format };
}
