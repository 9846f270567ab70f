import { existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { reasonOf, UserError } from '#lib/errors.ts';
import { type Format, formats, type OutputFile } from '#lib/questdb/export.ts';

/**
 * The data file that was asked for, before any work is done for it.
 * @param force whether a file that is there may be overwritten
 * @throws UserError for an ending that is no format, a directory that is not there, or a file that is
 */
export function outputFile(name: string, force: boolean): OutputFile {
  const path = withEnding(name, Object.keys(formats));
  requireRoom(name, force);
  return { path, format: extname(path).slice(1).toLowerCase() as Format };
}

/** As `outputFile`, of a page. */
export function outputPage(name: string, force: boolean): string {
  const path = withEnding(name, ['html']);
  requireRoom(name, force);
  return path;
}

/**
 * Writes a file that appears when it is whole.
 * @throws UserError when it cannot be written
 */
export function writeWhole(path: string, text: string): void {
  const incoming = `${path}.${process.pid}.new`;
  try {
    writeFileSync(incoming, text);
    renameSync(incoming, path);
  } catch (cause) {
    rmSync(incoming, { force: true });
    throw new UserError(`${path} could not be written: ${reasonOf(cause)}.`, 'Name a file in another place.', {
      cause,
    });
  }
}

function withEnding(name: string, endings: readonly string[]): string {
  const path = resolve(name);
  if (endings.includes(extname(path).slice(1).toLowerCase())) return path;
  const known = endings.map((each) => `.${each}`).join(' or ');
  throw new UserError(`${name} does not end in ${known}.`, 'The ending says the format.');
}

function requireRoom(name: string, force: boolean): void {
  const directory = dirname(resolve(name));
  if (!existsSync(directory) || !statSync(directory).isDirectory())
    throw new UserError(`There is no directory ${dirname(name)}.`, 'Make it, or name another file.');
  if (existsSync(resolve(name)) && !force) throw new UserError(`${name} exists.`, 'Overwrite it with --force.');
}
